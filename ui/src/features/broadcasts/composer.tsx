import { Alert, Autocomplete, Badge, Button, Grid, Group, Modal, MultiSelect, NumberInput, Paper, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconEye, IconSend, IconTrash } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../api/catalogue";
import { useMay, useMe } from "../../api/session";
import { ConditionBuilder } from "../../components/condition-builder/condition-builder";
import type { Condition } from "../../components/condition-builder/model";
import { DurationInput } from "../../components/duration-input";
import { PageHeader } from "../../components/page";
import { formatNumber } from "../../lib/format";
import { useChange } from "./actions";
import { type Broadcast, broadcastsQuery, deleteBroadcast, forecast, scheduleBroadcast } from "./api";
import { scheduleWords } from "./detail";
import { ForecastPanel } from "./forecast";
import { PreviewDialog } from "./preview";
import { ScheduleForm } from "./schedule";
import { SubjectForm } from "./subject";
import { useDraft } from "./use-draft";

/** Writes a broadcast: what, to whom, when; what it would do is told beside it while one writes. */
export function Composer({ broadcast, back }: { broadcast: Broadcast; back: ReactNode }) {
  const { t } = useTranslation();
  const me = useMe();
  const catalogue = useCatalogue();
  const mayPublish = useMay("journeys.publish");
  const maySee = useMay("customers.read");
  const [dialog, setDialog] = useState<"schedule" | "delete" | "preview" | null>(null);
  const names = useQuery(broadcastsQuery);
  const others = (names.data?.items ?? []).filter((b) => b.key !== broadcast.key && b.state !== "draft");
  const work = useDraft(broadcast);
  const { draft, define, saving } = work;
  const d = draft.definition;
  const [asked] = useDebouncedValue(d, 500);
  const answer = useQuery({ queryKey: ["forecast", asked], queryFn: () => forecast(broadcast.key, asked), placeholderData: keepPreviousData, staleTime: 30_000 });
  const stale = asked !== d || answer.isFetching;
  const ready = saving === "saved" && !stale && answer.data?.problems.length === 0;
  const exclude = d.exclude ?? {};
  const without: Condition | undefined = !exclude.conditions?.length ? undefined : exclude.conditions.length === 1 ? exclude.conditions[0] : { or: exclude.conditions };
  const channel = d.channel || "email";
  const template = catalogue.templates.find((x) => x.key === d.template);
  return (
    <>
      <PageHeader
        back={back}
        title={draft.name || t("bc.unnamed")}
        lead={
          <Group gap="xs">
            <span>{t("bc.draftLead")}</span>
            <Badge variant={saving === "failed" || saving === "conflict" ? "filled" : "default"} color="red.9" styles={{ root: { textTransform: "none" } }} role="status">
              {t(`editor.saving.${saving}`)}
            </Badge>
          </Group>
        }
        actions={
          <>
            <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDialog("delete")}>
              {t("bc.delete")}
            </Button>
            {maySee && (
              <Button variant="default" leftSection={<IconEye size={16} aria-hidden />} disabled={!d.template} onClick={() => setDialog("preview")}>
                {t("bc.preview")}
              </Button>
            )}
            {mayPublish && (
              <Button leftSection={<IconSend size={16} aria-hidden />} disabled={!ready} onClick={() => setDialog("schedule")}>
                {t("bc.schedule")}
              </Button>
            )}
          </>
        }
      />
      {saving === "failed" && (
        <Alert color="red" mb="md" role="alert" title={t("editor.saving.failed")}>
          <Text size="sm">{work.error}</Text>
          <Button size="xs" mt="xs" variant="default" onClick={work.retry}>
            {t("common.tryAgain")}
          </Button>
        </Alert>
      )}
      {work.theirs && (
        <Alert color="gray" mb="md" role="alert" title={t("bc.conflict")}>
          <Text size="sm">{t("bc.conflictText", { name: work.theirs.name })}</Text>
          <Group gap="xs" mt="xs">
            <Button size="xs" variant="default" onClick={() => work.resolve("theirs")}>
              {t("bc.takeTheirs")}
            </Button>
            <Button size="xs" variant="default" onClick={() => work.resolve("mine")}>
              {t("bc.keepMine")}
            </Button>
          </Group>
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            <Section title={t("bc.what")}>
              <TextInput label={t("bc.name")} required maxLength={120} value={draft.name} error={draft.name.trim() === "" ? t("bc.nameNeeded") : undefined} onChange={(e) => work.edit({ name: e.currentTarget.value })} />
              <Autocomplete label={t("bc.purpose")} description={t("bc.purposeHint")} required data={catalogue.purposes} value={d.purpose ?? ""} onChange={(v) => define({ purpose: v.trim() || undefined })} />
              <Group grow align="flex-start">
                <Select label={t("bc.channel")} allowDeselect={false} data={catalogue.channels.map((c) => ({ value: c, label: t(`channel.${c}`, { defaultValue: c }) }))} value={channel} onChange={(v) => v && define({ channel: v })} />
                <Select
                  label={t("bc.template")}
                  required
                  searchable
                  nothingFoundMessage={t("bc.noTemplate")}
                  data={catalogue.templates.filter((x) => x.channels.includes(channel) || x.key === d.template).map((x) => ({ value: x.key, label: x.name || x.key }))}
                  value={d.template ?? null}
                  error={template && !template.channels.includes(channel) ? t("bc.noBody") : undefined}
                  onChange={(v) => define({ template: v ?? undefined })}
                />
              </Group>
              {channel === "email" && <SubjectForm definition={d} define={define} />}
              <Group grow align="flex-start">
                <NumberInput
                  label={t("bc.priority")}
                  description={t("bc.priorityHint")}
                  placeholder="50"
                  min={1}
                  max={100}
                  allowDecimal={false}
                  value={d.priority || ""}
                  onChange={(v) => define({ priority: Number(v) > 0 ? Number(v) : undefined })}
                />
                <DurationInput label={t("bc.expires")} description={t("bc.expiresHint")} placeholder="P2D" units={["hour", "day", "week"]} value={d.expires} onChange={(expires) => define({ expires })} />
              </Group>
            </Section>
            <Section title={t("bc.who")}>
              {d.resend && (
                <Alert color="gray">
                  <Text size="sm">{t("bc.resendOnly", { name: others.find((b) => b.key === d.resend?.broadcast)?.name ?? d.resend.broadcast, unless: t(`bc.unless.${d.resend.unless}`) })}</Text>
                  <Button size="xs" mt="xs" variant="default" onClick={() => define({ resend: undefined })}>
                    {t("bc.resendRemove")}
                  </Button>
                </Alert>
              )}
              <ConditionBuilder label={t("bc.to")} scope="audience" catalogue={catalogue} value={d.audience} empty={t("bc.everybody")} onChange={(audience) => define({ audience })} />
              <ConditionBuilder
                label={t("bc.without")}
                scope="audience"
                catalogue={catalogue}
                value={without}
                empty={t("bc.nobodyLeftOut")}
                onChange={(c) => define({ exclude: { ...exclude, conditions: c ? [c] : undefined } })}
              />
              <MultiSelect
                label={t("bc.inJourneys")}
                data={catalogue.journeys.map((j) => ({ value: j.key, label: j.name || j.key }))}
                value={exclude.journeys ?? []}
                clearable
                clearButtonProps={{ "aria-label": t("common.clear") }}
                onChange={(keys) => define({ exclude: { ...exclude, journeys: keys.length > 0 ? keys : undefined } })}
              />
              <MultiSelect
                label={t("bc.withoutBroadcasts")}
                data={[...others.map((b) => ({ value: b.key, label: b.name })), ...(exclude.broadcasts ?? []).filter((k) => !others.some((b) => b.key === k)).map((k) => ({ value: k, label: k }))]}
                value={exclude.broadcasts ?? []}
                searchable
                clearable
                clearButtonProps={{ "aria-label": t("common.clear") }}
                onChange={(keys) => define({ exclude: { ...exclude, broadcasts: keys.length > 0 ? keys : undefined } })}
              />
              <DurationInput label={t("bc.mailedWithin")} value={exclude.mailed_within} units={["hour", "day", "week"]} onChange={(v) => define({ exclude: { ...exclude, mailed_within: v } })} />
            </Section>
            <Section title={t("bc.whenTitle")}>
              <ScheduleForm value={d.schedule} zone={me.workspace.timezone} coming={answer.data?.coming ?? []} onChange={(schedule) => define({ schedule })} />
              <NumberInput
                label={t("bc.ratePerHour")}
                description={t("bc.rateHint")}
                placeholder={t("bc.noLimit")}
                value={d.rate_per_hour || ""}
                min={0}
                allowDecimal={false}
                allowNegative={false}
                maw={260}
                onChange={(v) => define({ rate_per_hour: Number(v) > 0 ? Number(v) : undefined })}
              />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <ForecastPanel forecast={answer.data} error={answer.error} stale={stale} />
        </Grid.Col>
      </Grid>
      {dialog === "preview" && <PreviewDialog definition={d} onClose={() => setDialog(null)} />}
      {dialog === "schedule" && (
        <ScheduleDialog broadcast={broadcast} revision={work.revision()} when={(lang) => scheduleWords(d, me.workspace.timezone, t, lang)} reached={answer.data?.reached ?? 0} onClose={() => setDialog(null)} />
      )}
      {dialog === "delete" && <DeleteDialog broadcast={broadcast} onClose={() => setDialog(null)} />}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      <Stack gap="md">{children}</Stack>
    </Paper>
  );
}

type DialogProps = { broadcast: Broadcast; onClose: () => void };

function ScheduleDialog({ broadcast, revision, reached, when, onClose }: DialogProps & { revision: number; reached: number; when: (locale: string) => string }) {
  const { t, i18n } = useTranslation();
  const go = useChange(broadcast.key, () => scheduleBroadcast(broadcast.key, revision), t("bc.scheduled"));
  return (
    <Modal opened onClose={onClose} title={t("bc.scheduleTitle", { name: broadcast.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm" fw={600}>
          {t("bc.scheduleReach", { count: reached, n: formatNumber(reached, i18n.language) })}
        </Text>
        <Text size="sm">
          {t("bc.when")}: {when(i18n.language)}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button loading={go.isPending} onClick={() => go.mutate(undefined, { onSettled: onClose })} data-autofocus>
            {t("bc.schedule")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function DeleteDialog({ broadcast, onClose }: DialogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteBroadcast(broadcast.key),
    onSuccess: async () => {
      await navigate({ to: "/broadcasts" });
      await queryClient.invalidateQueries({ queryKey: ["broadcasts"] });
    },
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  return (
    <Modal opened onClose={onClose} title={t("bc.deleteTitle", { name: broadcast.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{t("bc.deleteText")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("common.cancel")}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t("bc.delete")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
