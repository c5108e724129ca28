import { Alert, Button, Checkbox, Group, Select, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { AddPeople } from "./add-people";
import type { Journey } from "./api";
import { BulkActions, ChosenActions } from "./person-actions";

/** What the list shows when a number opened it: "Opened at Mail", "Left Ask by yes". */
function behindName(t: TFunction, search: { measure?: string; step?: string; exit?: string }, journey: Journey): string {
  const name = t(`measure.${search.measure}`);
  if (!search.step) return name;
  const step = (journey.draft.steps ?? []).find((s) => s.id === search.step)?.name || search.step;
  return search.exit ? t("people.measuredBy", { step, exit: t(`exit.${search.exit}`, { defaultValue: search.exit }) }) : t("people.measured", { name, step });
}

const nobody: ReadonlySet<string> = new Set();
const MOST = 200; // as many as one operation takes by name

/** Who is, or was, in this journey; the filters live in the URL. */
export function People({ journeyKey, journey }: { journeyKey: string; journey: Journey }) {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const mayPublish = useMay("journeys.publish");
  const mayWrite = useMay("customers.write");
  const filter = { journey: journeyKey, version: search.version, step: search.step, state: search.state, measure: search.measure, passed_exit: search.measure ? search.exit : undefined, passed_to: search.measure ? search.to : undefined, held: search.held };
  const clear = { measure: undefined, exit: undefined, to: undefined };
  const runs = useInfiniteQuery({
    queryKey: ["runs", filter],
    ...paged<Schema<"RunSummary">>((page_token) =>
      unwrap(api.GET("/api/admin/v1/runs", { params: { query: { ...filter, page_token, page_size: 50 } as never } })),
    ),
    refetchInterval: 10_000,
  });
  // A choice belongs to the list it was made in: other filters, other people.
  const list = JSON.stringify(filter);
  const [choice, setChoice] = useState<{ list: string; ids: ReadonlySet<string> }>({ list, ids: new Set() });
  const chosen = choice.list === list ? choice.ids : nobody;
  const rows = rowsOf(runs.data);
  const picked = rows.filter((r) => chosen.has(r.id) && r.state === "open");
  const everybody = !search.measure && !search.held && search.state !== "ended";
  return (
    <>
      <Group mb="md" align="flex-end">
        {mayWrite && (journey.state === "published" || journey.state === "paused") && <AddPeople journey={journey} />}
        <Select
          label={t("people.state")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          placeholder={t("people.all")}
          value={search.state ?? null}
          data={["open", "ended"].map((s) => ({ value: s, label: t(`state.${s}`) }))}
          onChange={(v) => void navigate({ search: (s) => ({ ...s, ...clear, state: v ?? undefined }) })}
        />
        <Select
          label={t("journey.step")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          placeholder={t("people.all")}
          value={search.step ?? null}
          data={(journey.draft.steps ?? []).map((s) => ({ value: s.id, label: s.name || s.id }))}
          onChange={(v) => void navigate({ search: (s) => ({ ...s, ...clear, step: v ?? undefined }) })}
        />
        <Select
          label={t("journey.version")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          placeholder={t("people.all")}
          value={search.version ? String(search.version) : null}
          data={(journey.versions ?? []).map((v) => ({ value: String(v.number), label: t("journeys.version", { n: v.number }) }))}
          onChange={(v) => void navigate({ search: (s) => ({ ...s, version: v ? Number(v) : undefined }) })}
        />
        <Checkbox mb={8} label={t("people.onlyHeld")} checked={!!search.held} onChange={(e) => void navigate({ search: (s) => ({ ...s, ...clear, held: e.currentTarget.checked || undefined }) })} />
        {mayPublish && picked.length > 0 && <ChosenActions journeyKey={journeyKey} chosen={picked} onDone={() => setChoice({ list, ids: nobody })} />}
        {mayPublish && picked.length === 0 && everybody && <BulkActions journeyKey={journeyKey} filter={{ version: search.version, step: search.step }} />}
      </Group>
      {search.measure && (
        <Alert color="blue" mb="md" title={behindName(t, search, journey)}>
          <Group justify="space-between">
            <Text size="sm">{t(`measure.${search.measure}.hint`)}</Text>
            <Button size="xs" variant="default" onClick={() => void navigate({ search: (s) => ({ ...s, ...clear }) })}>
              {t("people.clearMeasure")}
            </Button>
          </Group>
        </Alert>
      )}
      {runs.isPending && <ListSkeleton />}
      {runs.isError && <LoadError error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data && (
        <DataTable<Schema<"RunSummary">>
          label={t("journey.people")}
          rows={rows}
          choosing={
            mayPublish
              ? {
                  chosen,
                  onChange: (ids) => setChoice({ list, ids: new Set([...ids].slice(0, MOST)) }),
                  all: t("people.chooseAll"),
                  name: (r) => t("people.choose", { name: r.customer.name }),
                  can: (r) => r.state === "open",
                }
              : undefined
          }
          rowKey={(r) => r.id}
          more={runs.hasNextPage ? () => void runs.fetchNextPage() : undefined}
          loadingMore={runs.isFetchingNextPage}
          empty={
            <EmptyState icon={<IconUsers size={40} />} title={t("people.emptyTitle")}>
              {t("people.empty")}
            </EmptyState>
          }
          columns={[
            {
              key: "customer",
              title: t("people.customer"),
              render: (r) => (
                <>
                  <RouterAnchor to="/customers/$customerId" params={{ customerId: r.customer.id }} fw={600}>
                    {r.customer.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {r.customer.email}
                  </Text>
                </>
              ),
            },
            { key: "state", title: t("people.state"), render: (r) => <StateBadge state={r.held ? "paused" : r.state} label={r.held ? t("people.held") : r.outcome ? `${t(`state.${r.state}`)} · ${t(`outcome.${r.outcome}`, { defaultValue: r.outcome })}` : t(`state.${r.state}`)} /> },
            { key: "step", title: t("people.at"), render: (r) => (r.state === "open" ? r.step_name || r.step_id || "–" : "–") },
            { key: "wake", title: t("people.wakes"), render: (r) => <When at={r.wake_at} size="sm" /> },
            { key: "started", title: t("people.entered"), render: (r) => <When at={r.started_at} size="sm" /> },
            {
              key: "open",
              title: t("people.run"),
              render: (r) => (
                <RouterAnchor to="/runs/$runId" params={{ runId: r.id }} size="sm" aria-label={t("people.openRun", { name: r.customer.name })}>
                  {t("people.timeline")}
                </RouterAnchor>
              ),
            },
          ]}
        />
      )}
    </>
  );
}
