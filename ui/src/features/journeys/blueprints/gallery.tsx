import { Button, Checkbox, Group, Paper, Select, SimpleGrid, TextInput } from "@mantine/core";
import { IconLayoutGrid } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/session";
import { BackLink } from "../../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../../components/page";
import { CodeJourneys } from "../code/start";
import { journeysQuery } from "../api";
import { EmptyJourneyDialog } from "../starting";
import { type Blueprint, blueprintsQuery, needsQuery } from "./api";
import { BlueprintCard } from "./card";
import { UseDialog } from "./use-dialog";
import { chosen, countsOf, type Filter, goals } from "./words";

/** Finished journeys to start from, those first whose data is here. */
export function BlueprintGallery() {
  const { t, i18n } = useTranslation();
  const filter = useSearch({ from: "/signed-in/blueprints" });
  const navigate = useNavigate({ from: "/blueprints" });
  const blueprints = useQuery(blueprintsQuery(i18n.language));
  const needs = useQuery(needsQuery);
  const taken = (useQuery(journeysQuery).data?.items ?? []).map((j) => j.key);
  const mayWrite = useMay("journeys.write");
  const [using, setUsing] = useState<Blueprint>();
  const [empty, setEmpty] = useState(false);
  const counts = countsOf(needs.data?.items);
  const change = (to: Filter) => void navigate({ search: (before) => ({ ...before, ...to }), replace: true });
  const shown = chosen(blueprints.data?.items ?? [], filter, counts, i18n.language);
  return (
    <>
      <PageHeader
        title={t("blueprints.title")}
        lead={t("journeys.galleryLead")}
        back={<BackLink to="/journeys">{t("nav.journeys")}</BackLink>}
        actions={
          mayWrite && (
            <Button variant="outline" onClick={() => setEmpty(true)}>
              {t("journeys.fromNothing")}
            </Button>
          )
        }
      />
      <Group align="flex-end" mb="md" role="search" aria-label={t("blueprints.filter")}>
        <TextInput label={t("blueprints.search")} value={filter.q ?? ""} onChange={(e) => change({ q: e.currentTarget.value || undefined })} style={{ flex: "1 1 220px", maxWidth: 340 }} />
        <Select
          label={t("blueprints.goal")}
          placeholder={t("blueprints.anyGoal")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          value={filter.goal ?? null}
          data={goals.map((g) => ({ value: g, label: t(`blueprints.goal.${g}`) }))}
          onChange={(v) => change({ goal: goals.find((g) => g === v) })}
        />
        <Checkbox label={t("blueprints.ready")} checked={!!filter.ready} onChange={(e) => change({ ready: e.currentTarget.checked || undefined })} mb={8} />
      </Group>
      {blueprints.isPending && <ListSkeleton rows={3} height={260} />}
      {blueprints.isError && <LoadError error={blueprints.error} onRetry={() => void blueprints.refetch()} />}
      {needs.isError && <LoadError error={needs.error} onRetry={() => void needs.refetch()} />}
      {blueprints.data && shown.length === 0 && (
        <Paper withBorder>
          <EmptyState
            icon={<IconLayoutGrid size={40} />}
            title={t("blueprints.noneTitle")}
            action={
              <Button variant="default" onClick={() => change({ q: undefined, goal: undefined, ready: undefined })}>
                {t("blueprints.all")}
              </Button>
            }
          >
            {t("blueprints.none")}
          </EmptyState>
        </Paper>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {shown.map((b) => (
          <BlueprintCard key={b.key} blueprint={b} counts={counts} onUse={mayWrite ? () => setUsing(b) : undefined} />
        ))}
      </SimpleGrid>
      {mayWrite && blueprints.data && <CodeJourneys taken={taken} known={blueprints.data.items.map((b) => b.key)} />}
      {using && <UseDialog blueprint={using} taken={taken} onClose={() => setUsing(undefined)} />}
      {empty && <EmptyJourneyDialog taken={taken} onClose={() => setEmpty(false)} />}
    </>
  );
}
