import { Button, Group, Paper, Radio, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fromWallClock, toWallClock } from "../../lib/moment";
import { completeTask, noteTask, type Task } from "./api";

/** How a task ends: one of its outcomes, with a note. A draft is approved or rejected. A note alone keeps it open. */
export function Finish({ task }: { task: Task }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const outcomes = task.outcomes ?? [];
  const [outcome, setOutcome] = useState(outcomes.length === 1 ? (outcomes[0] ?? "") : "");
  const [note, setNote] = useState(task.note);
  const [callback, setCallback] = useState(toWallClock(task.callback_at));
  const extra = () => ({ note: note.trim(), callback_at: fromWallClock(callback) });
  const failed = (e: Error) => {
    notifications.show({ color: "red", message: e.message });
    void queryClient.invalidateQueries({ queryKey: ["tasks"] }); // somebody else may have closed it
  };
  const complete = useMutation({
    mutationFn: (chosen: string) => completeTask(task.id, { outcome: chosen, ...extra() }),
    onSuccess: async (_, chosen) => {
      notifications.show({ message: t(task.message ? (chosen === "approve" ? "tasks.approved" : "tasks.rejected") : "tasks.completed") });
      await queryClient.invalidateQueries({ queryKey: ["tasks"] });
      await navigate({ to: "/tasks" });
    },
    onError: failed,
  });
  const keep = useMutation({
    mutationFn: () => noteTask(task.id, extra()),
    onSuccess: async () => {
      notifications.show({ message: t("tasks.noteKept") });
      await queryClient.invalidateQueries({ queryKey: ["tasks"] });
    },
    onError: failed,
  });
  const name = (o: string) => t(`taskOutcome.${o}`, { defaultValue: o });
  const noteField = <Textarea label={t("tasks.note")} description={task.message ? t("tasks.reviewNoteHint") : t("tasks.noteHint")} autosize minRows={2} maxLength={1000} value={note} onChange={(e) => setNote(e.currentTarget.value)} />;
  if (task.message)
    return (
      <Paper withBorder p="md" component="section">
        <Stack>
          <Title order={2}>{t("tasks.review")}</Title>
          <Text size="sm">{t("tasks.reviewHint")}</Text>
          {noteField}
          <Group>
            <Button loading={complete.isPending && complete.variables === "approve"} disabled={complete.isPending} onClick={() => complete.mutate("approve")}>
              {t("tasks.approve")}
            </Button>
            <Button variant="default" loading={complete.isPending && complete.variables === "reject"} disabled={complete.isPending} onClick={() => complete.mutate("reject")}>
              {t("tasks.reject")}
            </Button>
          </Group>
        </Stack>
      </Paper>
    );
  return (
    <Paper withBorder p="md" component="section">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (outcome) complete.mutate(outcome);
        }}
      >
        <Stack>
          <Title order={2}>{t("tasks.finish")}</Title>
          <Radio.Group label={t("tasks.how")} value={outcome} onChange={setOutcome}>
            <Stack gap="xs" mt="xs">
              {outcomes.map((o) => (
                <Radio key={o} value={o} label={name(o)} />
              ))}
            </Stack>
          </Radio.Group>
          {noteField}
          <TextInput type="datetime-local" label={t("tasks.callback")} description={t("tasks.callbackHint")} value={callback} onChange={(e) => setCallback(e.currentTarget.value)} />
          <Group>
            <Button type="submit" disabled={!outcome || keep.isPending} loading={complete.isPending}>
              {t("tasks.complete")}
            </Button>
            <Button variant="default" disabled={complete.isPending} loading={keep.isPending} onClick={() => keep.mutate()}>
              {t("tasks.keep")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
