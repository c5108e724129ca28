import { Alert, Group, Select, Tabs } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { BackLink, RouterButton } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { useMay } from "../../api/session";
import { JourneySettings } from "./code/settings";
import { JourneyActions } from "./actions";
import { journeyQuery } from "./api";
import { Comments, useOpenComments } from "./comments";
import type { JourneyDocument } from "./document";
import { FunnelTab } from "./funnel";
import { People } from "./people";
import { RehearseButton } from "./rehearse";
import { Versions } from "./versions";
import { DraftView, VersionView } from "./version-view";

const route = "/signed-in/journeys/$journeyKey" as const;

export function JourneyDetail() {
  const { t } = useTranslation();
  const { journeyKey } = useParams({ from: route });
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const journey = useQuery(journeyQuery(journeyKey));
  const mayPublish = useMay("journeys.publish");
  const mayWrite = useMay("journeys.write");
  const comments = useOpenComments(journeyKey);
  if (journey.isPending) return <ListSkeleton rows={4} height={120} />;
  if (journey.isError) return <LoadError error={journey.error} onRetry={() => void journey.refetch()} />;
  const j = journey.data;
  const versions = j.versions ?? [];
  const shown = search.version ?? j.live_version;
  const tab = search.tab ?? "canvas";
  const showsDraft = shown === 0;
  const errors = (j.issues ?? []).filter((i) => i.severity === "error").length;
  return (
    <>
      <PageHeader
        title={j.name}
        back={<BackLink to="/journeys">{t("nav.journeys")}</BackLink>}
        lead={
          <Group gap="xs">
            <StateBadge state={j.state} />
            <span>{j.description}</span>
          </Group>
        }
        actions={
          <>
            {mayWrite && j.state !== "stopped" && j.state !== "archived" && (
              <RouterButton to="/journeys/$journeyKey/edit" params={{ journeyKey }} variant="default">
                {t("editor.open")}
              </RouterButton>
            )}
            {mayWrite && j.state !== "stopped" && j.state !== "archived" && <RehearseButton journey={j} />}
            {mayPublish && <JourneyActions journey={j} />}
          </>
        }
      />
      {errors > 0 && (
        <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} mb="md" title={t("journey.issues", { count: errors })}>
          <ul style={{ margin: 0, paddingInlineStart: 18 }}>
            {(j.issues ?? [])
              .filter((i) => i.severity === "error")
              .map((i) => (
                <li key={i.path + i.code}>
                  {i.step_id && <b>{(j.draft.steps ?? []).find((s) => s.id === i.step_id)?.name || i.step_id}: </b>}
                  {i.message}
                </li>
              ))}
          </ul>
        </Alert>
      )}
      <Tabs value={tab} onChange={(v) => void navigate({ search: (s) => ({ version: s.version, all: s.all, step: v === "canvas" ? s.step : undefined, tab: (v ?? "canvas") as "canvas" }) })} keepMounted={false}>
        <Group justify="space-between" align="flex-end" mb="md">
          <Tabs.List>
            <Tabs.Tab value="canvas">{t("journey.canvas")}</Tabs.Tab>
            {j.draft.code && <Tabs.Tab value="settings">{t("code.settings")}</Tabs.Tab>}
            <Tabs.Tab value="funnel">{t("journey.funnelTab")}</Tabs.Tab>
            <Tabs.Tab value="people">{t("journey.people")}</Tabs.Tab>
            <Tabs.Tab value="versions">{t("journey.versions")}</Tabs.Tab>
            <Tabs.Tab value="comments">{comments > 0 ? `${t("comments.title")} (${comments})` : t("comments.title")}</Tabs.Tab>
          </Tabs.List>
          {tab === "canvas" && versions.length > 0 && (
            <Select
              label={t("journey.shown")}
              allowDeselect={false}
              value={String(shown)}
              data={[
                ...(j.draft_changed ? [{ value: "0", label: t("journey.draft") }] : []),
                ...versions.map((v) => ({ value: String(v.number), label: v.live ? t("journey.liveVersion", { n: v.number }) : t("journeys.version", { n: v.number }) })),
              ]}
              onChange={(v) => void navigate({ search: (s) => ({ ...s, version: Number(v) || undefined, step: undefined }) })}
            />
          )}
        </Group>
        <Tabs.Panel value="canvas">{showsDraft ? <DraftView journey={j} /> : <VersionView journeyKey={journeyKey} number={shown} />}</Tabs.Panel>
        <Tabs.Panel value="settings">
          <JourneySettings journey={j} />
        </Tabs.Panel>
        <Tabs.Panel value="funnel">
          <FunnelTab journey={j} />
        </Tabs.Panel>
        <Tabs.Panel value="people">
          <People journeyKey={journeyKey} journey={j} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions journey={j} />
        </Tabs.Panel>
        <Tabs.Panel value="comments">
          <Comments journeyKey={journeyKey} document={j.draft as JourneyDocument} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
