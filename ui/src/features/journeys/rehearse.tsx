import { Alert, Button, Group, List, Modal, Progress, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { ListSkeleton, LoadError } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { languages } from "../../i18n";
import { type Journey, versionQuery } from "./api";
import { type JourneyDocument, ways } from "./document";

const addressQuery = { queryKey: ["address"], queryFn: () => unwrap(api.GET("/api/admin/v1/auth/address")) };

/** "Send me the whole journey now": to the signed-in person's own confirmed address, and nowhere else. */
export function RehearseButton({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconSend size={16} aria-hidden />} onClick={() => setOpened(true)}>
        {t("rehearse.open")}
      </Button>
      {opened && <RehearseDialog journey={journey} onClose={() => setOpened(false)} />}
    </>
  );
}

function RehearseDialog({ journey, onClose }: { journey: Journey; onClose: () => void }) {
  const { t } = useTranslation();
  const address = useQuery(addressQuery);
  const [running, setRunning] = useState<string | null>(null);
  return (
    <Modal opened onClose={onClose} size="lg" title={t("rehearse.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {address.isPending && <ListSkeleton rows={2} />}
      {address.isError && <LoadError error={address.error} />}
      {address.data && !address.data.verified && <Confirm email={address.data.email} />}
      {address.data?.verified && !running && <Ask journey={journey} email={address.data.email} onStarted={setRunning} onClose={onClose} />}
      {running && <Following id={running} onClose={onClose} />}
    </Modal>
  );
}

/** The address has to be shown to be read by whoever asks: a code goes there and comes back. */
function Confirm({ email }: { email: string }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [code, setCode] = useState("");
  const ask = useMutation({ mutationFn: () => unwrap(api.POST("/api/admin/v1/auth/address/code")) });
  const prove = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/auth/address", { body: { code: code.trim() } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: addressQuery.queryKey }),
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (ask.isSuccess) prove.mutate();
        else ask.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{t("rehearse.confirm", { email })}</Text>
        {ask.isSuccess && <TextInput data-autofocus autoFocus required inputMode="numeric" autoComplete="one-time-code" label={t("rehearse.code")} description={t("rehearse.codeHint")} value={code} error={prove.error?.message} onChange={(e) => setCode(e.currentTarget.value)} />}
        {ask.isError && <Alert color="red">{ask.error.message}</Alert>}
        <Group justify="flex-end">
          <Button type="submit" loading={ask.isPending || prove.isPending} disabled={ask.isSuccess && code.trim().length < 6}>
            {t(ask.isSuccess ? "rehearse.prove" : "rehearse.sendCode")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Ask({ journey, email, onStarted, onClose }: { journey: Journey; email: string; onStarted: (id: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [version, setVersion] = useState(journey.live_version > 0 && !journey.draft_changed ? journey.live_version : 0);
  const [mode, setMode] = useState<"all" | "path">("all");
  const [choices, setChoices] = useState<Record<string, string>>({});
  const [locale, setLocale] = useState<string | null>(null);
  const live = useQuery(versionQuery(journey.key, version));
  const document = (version === 0 ? journey.draft : live.data?.document) as JourneyDocument | undefined;
  const forks = (document?.steps ?? []).filter((s) => new Set(ways(s).map((w) => w.to)).size > 1);
  const start = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/admin/v1/journeys/{key}/rehearsals", { params: { path: { key: journey.key } }, body: { version, mode, choices: mode === "path" ? choices : undefined, locale: locale ?? undefined } as Schema<"RehearsalStart"> })),
    onSuccess: (r) => onStarted(r.id),
  });
  return (
    <Stack>
      <Text size="sm">{t("rehearse.text", { email })}</Text>
      {journey.live_version > 0 && (
        <Radio.Group label={t("rehearse.what")} value={String(version)} onChange={(v) => setVersion(Number(v))}>
          <Group mt="xs">
            <Radio value="0" label={t("rehearse.draft")} />
            <Radio value={String(journey.live_version)} label={t("rehearse.live")} />
          </Group>
        </Radio.Group>
      )}
      <Radio.Group label={t("rehearse.way")} value={mode} onChange={(v) => setMode(v as "all")}>
        <Stack gap="xs" mt="xs">
          <Radio value="all" label={t("rehearse.all")} />
          <Radio value="path" label={t("rehearse.path")} disabled={forks.length === 0} />
        </Stack>
      </Radio.Group>
      {mode === "path" &&
        forks.map((s) => (
          <Select
            key={s.id}
            allowDeselect={false}
            label={t("rehearse.choose", { step: s.name || s.id })}
            value={choices[s.id] ?? ways(s)[0]?.exit ?? null}
            data={ways(s).map((w) => ({ value: w.exit, label: t(`exit.${w.exit}`, { defaultValue: w.exit }) }))}
            onChange={(v) => v && setChoices({ ...choices, [s.id]: v })}
          />
        ))}
      <Select clearable clearButtonProps={{ "aria-label": t("common.clear") }} label={t("rehearse.locale")} value={locale} data={languages.map((l) => ({ value: l.code as string, label: l.name }))} onChange={setLocale} />
      {start.isError && <Alert color="red">{start.error.message}</Alert>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button loading={start.isPending} disabled={!document} onClick={() => start.mutate()}>
          {t("rehearse.start")}
        </Button>
      </Group>
    </Stack>
  );
}

/** How far it is; it goes on when the window is closed. */
function Following({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const r = useQuery({
    queryKey: ["rehearsal", id],
    queryFn: () => unwrap(api.GET("/api/admin/v1/rehearsals/{id}", { params: { path: { id } } })),
    refetchInterval: (q) => (q.state.data && q.state.data.state !== "running" ? false : 1_000),
  });
  const cancel = useMutation({ mutationFn: () => unwrap(api.POST("/api/admin/v1/rehearsals/{id}/cancel", { params: { path: { id } } })), onSuccess: () => r.refetch() });
  if (r.isPending) return <ListSkeleton rows={3} />;
  if (r.isError) return <LoadError error={r.error} />;
  const steps = r.data.steps ?? [];
  return (
    <Stack>
      <div role="status" aria-live="polite">
        <Text size="sm" fw={600}>
          {t(`rehearse.state.${r.data.state}`)}
          {r.data.reason && `: ${r.data.reason}`}
        </Text>
        <Text size="xs" className="so-dim">
          {t("rehearse.progress", { done: steps.length, total: r.data.total })}
        </Text>
      </div>
      <Progress value={r.data.state === "done" ? 100 : r.data.total > 0 ? (100 * steps.length) / r.data.total : 0} aria-label={t("rehearse.title")} />
      <List size="sm" spacing={6} listStyleType="none" style={{ maxHeight: 360, overflowY: "auto" }} tabIndex={0} aria-label={t("rehearse.title")}>
        {steps.map((s, i) => (
          <List.Item key={`${s.walk}/${i}`}>
            {(i === 0 || steps[i - 1]?.walk !== s.walk) && (
              <Text size="xs" className="so-dim" mt={i === 0 ? 0 : 8}>
                {t("rehearse.walk", { n: s.walk })}
              </Text>
            )}
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <span style={{ overflowWrap: "anywhere" }}>
                {s.step_name || s.step_id}
                {s.subject ? `: ${s.subject}` : s.kind !== "send" && s.exit !== "next" ? ` – ${t(`exit.${s.exit}`, { defaultValue: s.exit })}` : ""}
                {s.reason && (
                  <Text size="xs" c="red.8">
                    {s.reason}
                  </Text>
                )}
              </span>
              <StateBadge state={s.state === "sent" ? "accepted" : s.state === "failed" ? "failed" : "skipped"} label={t(`rehearse.step.${s.state}`)} />
            </Group>
          </List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        {r.data.state === "running" && (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("rehearse.cancel")}
          </Button>
        )}
        <Button onClick={onClose}>{t("common.close")}</Button>
      </Group>
    </Stack>
  );
}
