import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconArchiveOff, IconCopy, IconPencil, IconPlayerPause, IconPlayerPlay, IconRepeat, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../lib/format";
import { archiveBroadcast, type Broadcast, broadcastQuery, cancelBroadcast, pauseBroadcast, resumeBroadcast, unarchiveBroadcast, unscheduleBroadcast } from "./api";
import { AgainDialog, CloneDialog } from "./copies";
import { notReached } from "./progress";

/** Runs a change of one broadcast; the answer is what the page shows next. */
export function useChange<A = void>(key: string, run: (args: A) => Promise<Broadcast>, done: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async (now) => {
      queryClient.setQueryData(broadcastQuery(key).queryKey, now);
      notifications.show({ message: done });
      await queryClient.invalidateQueries({ queryKey: ["broadcasts"] });
    },
    onError: (error) => {
      notifications.show({ color: "red", message: error.message, autoClose: false });
      void queryClient.invalidateQueries({ queryKey: ["broadcast", key] });
    },
  });
}

/** Pause, resume, back to a draft and cancel: what the state allows, nothing else. */
export function BroadcastActions({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"cancel" | null>(null);
  const { key, state } = broadcast;
  const pause = useChange(key, () => pauseBroadcast(key), t("bc.paused"));
  const resume = useChange(key, () => resumeBroadcast(key), t("bc.resumed"));
  const unschedule = useChange(key, () => unscheduleBroadcast(key), t("bc.unscheduled"));
  const begun = broadcast.issues.length > 0;
  return (
    <>
      {(state === "scheduled" || state === "sending") && (
        <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} loading={pause.isPending} onClick={() => pause.mutate()}>
          {t("bc.pause")}
        </Button>
      )}
      {state === "paused" && (
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={resume.isPending} onClick={() => resume.mutate()}>
          {t("bc.resume")}
        </Button>
      )}
      {(state === "scheduled" || state === "paused") && !begun && (
        <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} loading={unschedule.isPending} onClick={() => unschedule.mutate()}>
          {t("bc.unschedule")}
        </Button>
      )}
      {(state === "scheduled" || state === "sending" || state === "paused") && (
        <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={() => setDialog("cancel")}>
          {t("bc.cancel")}
        </Button>
      )}
      {dialog === "cancel" && <CancelDialog broadcast={broadcast} onClose={() => setDialog(null)} />}
    </>
  );
}

/** Copy, send again and archive: for whoever writes broadcasts. */
export function CopyActions({ broadcast, issue }: { broadcast: Broadcast; issue: number | undefined }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"clone" | "again" | null>(null);
  const { key, state } = broadcast;
  const archive = useChange(key, () => archiveBroadcast(key), t("bc.archived"));
  const unarchive = useChange(key, () => unarchiveBroadcast(key), t("bc.unarchived"));
  const close = () => setDialog(null);
  return (
    <>
      {issue !== undefined && (
        <Button variant="default" leftSection={<IconRepeat size={16} aria-hidden />} onClick={() => setDialog("again")}>
          {t("bc.again")}
        </Button>
      )}
      <Button variant="default" leftSection={<IconCopy size={16} aria-hidden />} onClick={() => setDialog("clone")}>
        {t("bc.clone")}
      </Button>
      {broadcast.archived ? (
        <Button variant="default" leftSection={<IconArchiveOff size={16} aria-hidden />} loading={unarchive.isPending} onClick={() => unarchive.mutate()}>
          {t("bc.unarchive")}
        </Button>
      ) : (
        (state === "done" || state === "cancelled") && (
          <Button variant="default" leftSection={<IconArchive size={16} aria-hidden />} loading={archive.isPending} onClick={() => archive.mutate()}>
            {t("bc.archive")}
          </Button>
        )
      )}
      {dialog === "clone" && <CloneDialog broadcast={broadcast} onClose={close} />}
      {dialog === "again" && issue !== undefined && <AgainDialog broadcast={broadcast} issue={issue} onClose={close} />}
    </>
  );
}

function CancelDialog({ broadcast, onClose }: { broadcast: Broadcast; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [reason, setReason] = useState("");
  const cancel = useChange(broadcast.key, () => cancelBroadcast(broadcast.key, reason.trim()), t("bc.cancelled"));
  const issue = broadcast.issue;
  const running = issue && (issue.state === "collecting" || issue.state === "sending");
  const left = notReached(issue);
  return (
    <Modal opened onClose={onClose} title={t("bc.cancelTitle", { name: broadcast.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          cancel.mutate(undefined, { onSuccess: onClose });
        }}
      >
        <Stack>
          <Text size="sm" fw={600}>
            {running ? (issue.state === "collecting" ? t("bc.cancelCollecting") : t("bc.cancelLeft", { count: left, n: formatNumber(left, i18n.language) })) : t("bc.cancelNobody")}
          </Text>
          <Text size="sm">{t("bc.cancelText")}</Text>
          <TextInput label={t("bc.cancelReason")} value={reason} maxLength={300} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("bc.keep")}
            </Button>
            <Button type="submit" color="red" loading={cancel.isPending}>
              {t("bc.cancel")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
