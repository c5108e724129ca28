import { ActionIcon, Badge, Button, Group, Paper, Stack, Switch, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconRotate, IconTrash } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import type { Schema } from "../../api/types";
import { RouterAnchor } from "../../components/link";
import { LoadError } from "../../components/page";
import { When } from "../../components/when";
import { ENTRY_ID } from "./canvas/graph-model";
import type { JourneyDocument } from "./document";

type Comment = Schema<"Comment">;

const commentsQuery = (key: string, resolved: boolean) =>
  queryOptions({
    queryKey: ["journey", key, "comments", resolved],
    queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}/comments", { params: { path: { key }, query: { resolved } } })),
    refetchInterval: 30_000,
  });

function useChange<T>(journeyKey: string, fn: (input: T) => Promise<unknown>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: fn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["journey", journeyKey, "comments"] }),
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
}

/** The open comments of a journey, for a number beside a name. */
export function useOpenComments(journeyKey: string): number {
  return useQuery(commentsQuery(journeyKey, false)).data?.comments?.length ?? 0;
}

/** What colleagues say about one place of a journey: a step, the entry, or (undefined) the journey itself. */
export function StepComments({ journeyKey, stepId }: { journeyKey: string; stepId: string | undefined }) {
  const { t } = useTranslation();
  const comments = useQuery(commentsQuery(journeyKey, false));
  const here = (comments.data?.comments ?? []).filter((c) => c.step_id === (stepId ?? ""));
  return (
    <Paper withBorder p="md" component="section" aria-label={t("comments.title")}>
      <Group gap="xs" mb="xs">
        <Title order={2} size="h4">
          {t("comments.title")}
        </Title>
        {here.length > 0 && <Badge variant="light">{here.length}</Badge>}
      </Group>
      {comments.isError && <LoadError error={comments.error} onRetry={() => void comments.refetch()} />}
      <Stack gap="sm">
        {here.map((c) => (
          <One key={c.id} journeyKey={journeyKey} comment={c} />
        ))}
        <Write journeyKey={journeyKey} stepId={stepId} label={t(stepId ? "comments.writeStep" : "comments.write")} />
      </Stack>
    </Paper>
  );
}

/** The whole conversation, with the place each part is about. */
export function Comments({ journeyKey, document }: { journeyKey: string; document: JourneyDocument }) {
  const { t } = useTranslation();
  const [resolved, setResolved] = useState(false);
  const comments = useQuery(commentsQuery(journeyKey, resolved));
  const all = comments.data?.comments ?? [];
  const place = (id: string) => {
    if (id === ENTRY_ID) return t("canvas.entry");
    const step = document.steps.find((s) => s.id === id);
    return step ? step.name || t(`kind.${step.kind}`) : undefined;
  };
  return (
    <Stack gap="md" maw={760}>
      <Switch label={t("comments.resolvedToo")} checked={resolved} onChange={(e) => setResolved(e.currentTarget.checked)} />
      {comments.isError && <LoadError error={comments.error} onRetry={() => void comments.refetch()} />}
      {comments.isSuccess && all.length === 0 && <Text className="so-dim">{t("comments.none")}</Text>}
      {all.map((c) => (
        <Paper key={c.id} withBorder p="md">
          {c.step_id !== "" && (
            <Text size="sm" mb={4}>
              {place(c.step_id) ? (
                <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey }} search={{ tab: "canvas", step: c.step_id }} size="sm">
                  {place(c.step_id)}
                </RouterAnchor>
              ) : (
                t("comments.stepGone", { id: c.step_id })
              )}
            </Text>
          )}
          <One journeyKey={journeyKey} comment={c} />
        </Paper>
      ))}
      <Write journeyKey={journeyKey} stepId={undefined} label={t("comments.write")} />
    </Stack>
  );
}

function One({ journeyKey, comment }: { journeyKey: string; comment: Comment }) {
  const { t } = useTranslation();
  const mayWrite = useMay("journeys.write");
  const params = { params: { path: { id: comment.id } } };
  const resolve = useChange(journeyKey, (resolved: boolean) => unwrap(api.PUT("/api/admin/v1/comments/{id}/resolved", { ...params, body: { resolved } })));
  const remove = useChange(journeyKey, () => api.DELETE("/api/admin/v1/comments/{id}", params).then(({ error }) => error && Promise.reject(error)));
  const done = !!comment.resolved_at;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="xs" className="so-dim">
          {comment.author || t("comments.formerMember")} · <When at={comment.created_at} span size="xs" />
        </Text>
        {mayWrite && (
          <Group gap={4} wrap="nowrap">
            <ActionIcon variant="subtle" size="md" aria-label={t(done ? "comments.reopen" : "comments.resolve")} title={t(done ? "comments.reopen" : "comments.resolve")} loading={resolve.isPending} onClick={() => resolve.mutate(!done)}>
              {done ? <IconRotate size={16} aria-hidden /> : <IconCheck size={16} aria-hidden />}
            </ActionIcon>
            {comment.mine && (
              <ActionIcon variant="subtle" color="red" size="md" aria-label={t("comments.delete")} title={t("comments.delete")} loading={remove.isPending} onClick={() => remove.mutate(undefined)}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        )}
      </Group>
      <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {comment.body}
      </Text>
      {done && (
        <Text size="xs" className="so-dim">
          {t("comments.resolvedBy", { name: comment.resolved_by || t("comments.formerMember") })}
        </Text>
      )}
    </div>
  );
}

function Write({ journeyKey, stepId, label }: { journeyKey: string; stepId: string | undefined; label: string }) {
  const { t } = useTranslation();
  const mayWrite = useMay("journeys.write");
  const [body, setBody] = useState("");
  const add = useChange(journeyKey, () =>
    unwrap(api.POST("/api/admin/v1/journeys/{key}/comments", { params: { path: { key: journeyKey } }, body: { body, ...(stepId && { step_id: stepId }) } })).then(() => setBody("")),
  );
  if (!mayWrite) return null;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (body.trim()) add.mutate(undefined);
      }}
    >
      <Textarea label={label} autosize minRows={2} maxRows={8} maxLength={2000} value={body} onChange={(e) => setBody(e.currentTarget.value)} />
      <Group justify="flex-end" mt="xs">
        <Button type="submit" variant="default" size="sm" disabled={!body.trim()} loading={add.isPending}>
          {t("comments.add")}
        </Button>
      </Group>
    </form>
  );
}
