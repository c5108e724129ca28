import { Group, SegmentedControl, Select, Text } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { paged, rowsOf } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor, RouterButton } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { dues, taskCountQuery, type TaskRow, type TaskSearch, tasksPage, taskStates, taskTypes } from "./api";
import { Due } from "./due";

/** What journeys ask people to do, and drafts that wait for a yes. The filters are the address of the page. */
export function TaskList() {
  const { t } = useTranslation();
  const may = useMay("tasks.work");
  const search = useSearch({ from: "/signed-in/tasks" });
  const navigate = useNavigate({ from: "/tasks" });
  const open = (search.state ?? "open") === "open";
  const count = useQuery({ ...taskCountQuery, enabled: may });
  const tasks = useInfiniteQuery({
    queryKey: ["tasks", "list", search],
    ...paged<TaskRow>((token) => tasksPage(search, token)),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
    enabled: may,
  });
  const put = (change: TaskSearch) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const filtered = !!(search.type || search.due);
  return (
    <>
      <PageHeader title={t("nav.tasks")} lead={t("tasks.lead")} />
      {!may && <Text>{t("common.notAllowed")}</Text>}
      {may && (
        <>
          <Group align="flex-end" gap="md" mb="md">
            <SegmentedControl
              aria-label={t("tasks.state")}
              value={search.state ?? "open"}
              onChange={(v) => put({ state: v === "open" ? undefined : (v as TaskSearch["state"]), ...(v === "open" ? {} : { due: undefined }) })}
              data={taskStates.map((s) => ({ value: s, label: s === "open" && count.data ? `${t("taskState.open")} (${count.data.open})` : t(`taskState.${s}`) }))}
            />
            <Select label={t("tasks.type")} placeholder={t("tasks.anyType")} clearable w={170} value={search.type ?? null} onChange={(v) => put({ type: (v as TaskSearch["type"]) ?? undefined })} data={taskTypes.map((x) => ({ value: x, label: t(`taskType.${x}`) }))} />
            {open && (
              <Select label={t("tasks.due")} placeholder={t("tasks.anyDue")} clearable w={170} value={search.due ?? null} onChange={(v) => put({ due: (v as TaskSearch["due"]) ?? undefined })} data={dues.map((x) => ({ value: x, label: t(`tasks.dueIn.${x}`) }))} />
            )}
          </Group>
          {tasks.isPending && <ListSkeleton />}
          {tasks.isError && <LoadError error={tasks.error} onRetry={() => void tasks.refetch()} />}
          {tasks.data && (
            <DataTable<TaskRow>
              label={t("nav.tasks")}
              rows={rowsOf(tasks.data)}
              rowKey={(x) => x.id}
              more={tasks.hasNextPage ? () => void tasks.fetchNextPage() : undefined}
              loadingMore={tasks.isFetchingNextPage}
              empty={
                <EmptyState
                  icon={<IconChecklist size={40} />}
                  title={t(filtered ? "tasks.noMatchTitle" : open ? "tasks.emptyTitle" : "tasks.emptyClosedTitle")}
                  action={
                    filtered ? (
                      <RouterButton to="/tasks" search={{ state: search.state }} variant="default">
                        {t("tasks.clear")}
                      </RouterButton>
                    ) : (
                      open && (
                        <RouterButton to="/journeys" variant="default">
                          {t("tasks.toJourneys")}
                        </RouterButton>
                      )
                    )
                  }
                >
                  {t(filtered ? "tasks.noMatch" : open ? "tasks.empty" : "tasks.emptyClosed")}
                </EmptyState>
              }
              columns={[
                {
                  key: "title",
                  title: t("tasks.task"),
                  render: (x) => (
                    <>
                      <RouterAnchor to="/tasks/$taskId" params={{ taskId: x.id }} fw={600}>
                        {x.title}
                      </RouterAnchor>
                      <Text size="xs" className="so-dim">
                        {x.journey?.name}
                      </Text>
                    </>
                  ),
                },
                { key: "type", title: t("tasks.type"), render: (x) => t(`taskType.${x.type}`, { defaultValue: x.type }) },
                { key: "role", title: t("tasks.role"), render: (x) => t(`role.${x.role}`, { defaultValue: x.role }) },
                open
                  ? { key: "due", title: t("tasks.due"), render: (x) => <Due task={x} /> }
                  : { key: "closed", title: t("tasks.closed"), render: (x) => <When at={x.closed_at} size="sm" /> },
                open
                  ? { key: "callback", title: t("tasks.callback"), render: (x) => <When at={x.callback_at} size="sm" /> }
                  : {
                      key: "outcome",
                      title: t("tasks.outcome"),
                      render: (x) => (x.outcome ? t(`taskOutcome.${x.outcome}`, { defaultValue: x.outcome }) : <StateBadge state={x.state} label={t(`taskState.${x.state}`)} />),
                    },
              ]}
            />
          )}
        </>
      )}
    </>
  );
}
