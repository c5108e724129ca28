import { Alert, Button, Checkbox, Group, Modal, Radio, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRocket } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ListSkeleton, LoadError } from "../../components/page";
import { formatNumber } from "../../lib/format";
import { archiveJourney, type Journey, pauseJourney, previewPublish, publishJourney, resumeJourney, stopJourney } from "./api";
import type { JourneyDocument } from "./document";
import { PublishChecklist } from "./publish-checklist";
import type { Flight, Mapping } from "./versions-api";
import { MoveTable } from "./versions-move";

type Clock = "count" | "hold" | "skip";

/** Publish, pause, resume and stop: what the state allows, nothing else. */
export function JourneyActions({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"publish" | "resume" | "stop" | "archive" | null>(null);
  const close = () => setDialog(null);
  const pause = useAction(journey.key, () => pauseJourney(journey.key), t("journey.paused"));
  const archivable = (journey.state === "draft" || journey.state === "stopped") && journey.open_runs === 0;
  const publishable = journey.state !== "stopped" && journey.state !== "archived" && (journey.live_version === 0 || journey.draft_changed);
  return (
    <>
      {publishable && (
        <Button leftSection={<IconRocket size={16} aria-hidden />} onClick={() => setDialog("publish")}>
          {t("journey.publish")}
        </Button>
      )}
      {journey.state === "published" && (
        <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} loading={pause.isPending} onClick={() => pause.mutate()}>
          {t("journey.pause")}
        </Button>
      )}
      {journey.state === "paused" && (
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setDialog("resume")}>
          {t("journey.resume")}
        </Button>
      )}
      {(journey.state === "published" || journey.state === "paused") && (
        <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={() => setDialog("stop")}>
          {t("journey.stop")}
        </Button>
      )}
      {archivable && (
        <Button variant="default" leftSection={<IconArchive size={16} aria-hidden />} onClick={() => setDialog("archive")}>
          {t("journey.archive")}
        </Button>
      )}
      {/* Made anew each time: what was ticked for one publish says nothing about the next. */}
      {dialog === "publish" && <PublishDialog journey={journey} opened onClose={close} />}
      {dialog === "resume" && <ResumeDialog journey={journey} opened onClose={close} />}
      {dialog === "stop" && <StopDialog journey={journey} opened onClose={close} />}
      {dialog === "archive" && <ArchiveDialog journey={journey} opened onClose={close} />}
    </>
  );
}

function useAction<A>(key: string, run: (args: A) => Promise<unknown>, done: string, after?: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["journey", key] });
      await queryClient.invalidateQueries({ queryKey: ["journeys"] });
      notifications.show({ message: done });
      after?.();
    },
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
}

type DialogProps = { journey: Journey; opened: boolean; onClose: () => void };

function PublishDialog({ journey, opened, onClose }: DialogProps) {
  const { t, i18n } = useTranslation();
  const preview = useQuery({ queryKey: ["journey", journey.key, "publish"], queryFn: () => previewPublish(journey.key), enabled: opened, staleTime: 0 });
  const asks = preview.data?.first_publish === true && journey.draft.entry.kind === "audience";
  const [include, setInclude] = useState<boolean>(journey.draft.entry.include_present ?? false);
  const [confirmed, setConfirmed] = useState(false);
  const [share, setShare] = useState(100);
  const [flight, setFlight] = useState<Flight>("stay");
  const [mapping, setMapping] = useState<Mapping>({});
  const publish = useAction(journey.key, () => publishJourney(journey.key, journey.draft_revision, { include_present: asks ? include : undefined, confirm: confirmed, rollout: share, in_flight: { mode: flight, mapping: flight === "move" ? mapping : undefined } }), t("journey.published"), onClose);
  const p = preview.data;
  const n = (x: number) => formatNumber(x, i18n.language);
  const large = p?.volume.large === true && (!asks || include);
  const blocked = (p?.issues ?? []).some((i) => i.severity === "error") || (large && share === 100 && !confirmed);
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={t("journey.publishTitle", { name: journey.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      {preview.isPending && <ListSkeleton rows={3} />}
      {preview.isError && <LoadError error={preview.error} />}
      {p && (
        <Stack>
          <Text size="sm">{t("journey.becomes", { n: p.next_version })}</Text>
          <PublishChecklist journey={journey} preview={p} />
          {asks && (
            <Checkbox
              checked={include}
              onChange={(e) => setInclude(e.currentTarget.checked)}
              label={t("journey.includePresent", { n: formatNumber(p.enters_at_once, i18n.language) })}
              description={t("journey.includePresentHint")}
            />
          )}
          {p.volume.enters_at_once > 0 && (
            <Alert color={large ? "orange" : "blue"} title={large ? t("publish.large") : undefined}>
              {t("publish.volume", { n: n(p.volume.enters_at_once), sends: n(p.volume.sends_24h), usual: n(p.volume.usual_24h) })}
            </Alert>
          )}
          <Select
            label={t("publish.share")}
            allowDeselect={false}
            value={String(share)}
            data={[{ value: "100", label: t("publish.everybody") }, ...[1, 10].map((x) => ({ value: String(x), label: t("publish.percent", { n: x }) }))]}
            onChange={(v) => setShare(Number(v))}
          />
          {large && share === 100 && <Checkbox checked={confirmed} onChange={(e) => setConfirmed(e.currentTarget.checked)} label={t("publish.confirm")} />}
          {p.in_flight > 0 && (
            <Radio.Group label={t("publish.flight")} value={flight} onChange={(v) => setFlight(v as Flight)}>
              <Stack gap="xs" mt="xs">
                {(["stay", "move", "end"] as const).map((f) => (
                  <Radio key={f} value={f} label={t(`publish.${f}`)} />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {flight === "move" && <MoveTable journeyKey={journey.key} to={0} document={journey.draft as JourneyDocument} mapping={mapping} onMapping={setMapping} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button onClick={() => publish.mutate(undefined)} loading={publish.isPending} disabled={blocked}>
              {t("journey.publish")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function ResumeDialog({ journey, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [clock, setClock] = useState<Clock>("count");
  const resume = useAction(journey.key, () => resumeJourney(journey.key, clock), t("journey.resumed"), onClose);
  return (
    <Modal opened={opened} onClose={onClose} title={t("journey.resumeTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Radio.Group label={t("journey.clock")} value={clock} onChange={(v) => setClock(v as Clock)}>
          <Stack gap="xs" mt="xs">
            {(["count", "hold", "skip"] as const).map((c) => (
              <Radio key={c} value={c} label={t(`clock.${c}`)} description={t(`clock.${c}Hint`)} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button onClick={() => resume.mutate(undefined)} loading={resume.isPending}>
            {t("journey.resume")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function StopDialog({ journey, opened, onClose }: DialogProps) {
  const { t, i18n } = useTranslation();
  const stop = useAction(journey.key, () => stopJourney(journey.key), t("journey.stopped"), onClose);
  return (
    <Modal opened={opened} onClose={onClose} title={t("journey.stopTitle", { name: journey.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{t("journey.stopText", { count: journey.open_runs, n: formatNumber(journey.open_runs, i18n.language) })}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button color="red.9" onClick={() => stop.mutate(undefined)} loading={stop.isPending}>
            {t("journey.stop")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ArchiveDialog({ journey, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const archive = useAction(journey.key, () => archiveJourney(journey.key), t("journey.archived"), onClose);
  return (
    <Modal opened={opened} onClose={onClose} title={t("journey.archiveTitle", { name: journey.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{t("journey.archiveText")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button onClick={() => archive.mutate(undefined)} loading={archive.isPending}>
            {t("journey.archive")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
