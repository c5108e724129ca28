import { Button, Code, Modal, Tabs, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconActivity, IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { useMay } from "../../api/session";

/** What sources send right now, and what could not be applied. */
export function Events() {
  const { t } = useTranslation();
  const { tab } = useSearch({ from: "/signed-in/events" });
  const navigate = useNavigate({ from: "/events" });
  return (
    <>
      <PageHeader title={t("nav.events")} lead={t("events.lead")} />
      <Tabs value={tab ?? "live"} onChange={(v) => void navigate({ search: { tab: v ?? undefined } })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="live">{t("events.live")}</Tabs.Tab>
          <Tabs.Tab value="parked">{t("events.parked")}</Tabs.Tab>
          <Tabs.Tab value="send">{t("events.how")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="live">
          <Live />
        </Tabs.Panel>
        <Tabs.Panel value="parked">
          <Parked />
        </Tabs.Panel>
        <Tabs.Panel value="send">
          <HowTo />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Live() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string | null>(null);
  const mayOpen = useMay("customers.read");
  const events = useInfiniteQuery({
    queryKey: ["events"],
    ...paged<Schema<"EventSummary">>((page_token) => unwrap(api.GET("/api/admin/v1/events", { params: { query: { page_token, page_size: 50 } } }))),
    refetchInterval: 3_000,
  });
  if (events.isPending) return <ListSkeleton />;
  if (events.isError) return <LoadError error={events.error} onRetry={() => void events.refetch()} />;
  return (
    <>
      <DataTable<Schema<"EventSummary">>
        label={t("events.live")}
        rows={rowsOf(events.data)}
        rowKey={(e) => e.id}
        more={events.hasNextPage ? () => void events.fetchNextPage() : undefined}
        loadingMore={events.isFetchingNextPage}
        empty={
          <EmptyState icon={<IconActivity size={40} />} title={t("events.emptyTitle")}>
            {t("events.empty")}
          </EmptyState>
        }
        columns={[
          { key: "name", title: t("events.name"), render: (e) => <Text size="sm" fw={600}>{e.name}</Text> },
          {
            key: "who",
            title: t("people.customer"),
            render: (e) =>
              e.customer_id ? (
                <RouterAnchor to="/customers/$customerId" params={{ customerId: e.customer_id }} size="sm">
                  {e.user_id || e.anonymous_id}
                </RouterAnchor>
              ) : (
                <Text size="sm">{e.user_id || e.anonymous_id}</Text>
              ),
          },
          { key: "state", title: t("people.state"), render: (e) => <StateBadge state={e.state} /> },
          { key: "conflicts", title: t("events.conflicts"), align: "right", render: (e) => (e.conflicts > 0 ? e.conflicts : "–") },
          { key: "at", title: t("events.received"), render: (e) => <When at={e.received_at} size="sm" /> },
          {
            key: "open",
            title: t("events.content"),
            render: (e) =>
              mayOpen && (
                <Button size="compact-xs" variant="default" onClick={() => setOpen(e.id)} aria-label={t("events.show", { name: e.name })}>
                  {t("events.showShort")}
                </Button>
              ),
          },
        ]}
      />
      <EventModal id={open} onClose={() => setOpen(null)} />
    </>
  );
}

function EventModal({ id, onClose }: { id: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const event = useQuery({
    queryKey: ["event", id],
    queryFn: () => unwrap(api.GET("/api/admin/v1/events/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== null,
  });
  return (
    <Modal opened={id !== null} onClose={onClose} title={event.data?.name ?? t("events.content")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      {event.isPending && <ListSkeleton rows={2} />}
      {event.isError && <LoadError error={event.error} />}
      {event.data && (
        <Code block tabIndex={0}>
          {JSON.stringify({ messageId: event.data.message_id, type: event.data.type, data: event.data.data, context: event.data.context }, null, 2)}
        </Code>
      )}
    </Modal>
  );
}

function Parked() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const may = useMay("events.redrive");
  const parked = useInfiniteQuery({
    queryKey: ["parked"],
    ...paged<Schema<"ParkedEvent">>((page_token) => unwrap(api.GET("/api/admin/v1/parked-events", { params: { query: { page_token } } }))),
    refetchInterval: 5_000,
  });
  const redrive = useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/admin/v1/parked-events/{id}/redrive", { params: { path: { id } } })),
    onSuccess: async () => {
      notifications.show({ message: t("events.redriven") });
      await queryClient.invalidateQueries({ queryKey: ["parked"] });
    },
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  if (parked.isPending) return <ListSkeleton />;
  if (parked.isError) return <LoadError error={parked.error} onRetry={() => void parked.refetch()} />;
  return (
    <DataTable<Schema<"ParkedEvent">>
      label={t("events.parked")}
      rows={rowsOf(parked.data)}
      rowKey={(e) => e.id}
      more={parked.hasNextPage ? () => void parked.fetchNextPage() : undefined}
      empty={
        <EmptyState icon={<IconCircleCheck size={40} />} title={t("events.noneParked")}>
          {t("events.noneParkedHint")}
        </EmptyState>
      }
      columns={[
        { key: "name", title: t("events.name"), render: (e) => <Text size="sm" fw={600}>{e.name}</Text> },
        { key: "who", title: t("people.customer"), render: (e) => (e.customer_id ? <RouterAnchor to="/customers/$customerId" params={{ customerId: e.customer_id }} size="sm">{t("run.toCustomer")}</RouterAnchor> : "–") },
        { key: "error", title: t("events.error"), render: (e) => <Text size="sm">{e.last_error}</Text> },
        { key: "held", title: t("events.held"), align: "right", render: (e) => e.held_back },
        { key: "at", title: t("events.parkedAt"), render: (e) => <When at={e.parked_at} size="sm" /> },
        {
          key: "again",
          title: t("events.again"),
          render: (e) =>
            may && (
              <Button size="compact-xs" variant="default" loading={redrive.isPending && redrive.variables === e.id} onClick={() => redrive.mutate(e.id)}>
                {t("common.tryAgain")}
              </Button>
            ),
        },
      ]}
    />
  );
}

function HowTo() {
  const { t } = useTranslation();
  const sample = `curl -u WRITE_KEY: -H 'Content-Type: application/json' \\
  ${window.location.origin}/v1/track \\
  -d '{"userId":"ann","event":"Order Completed","messageId":"any-unique-id",
       "properties":{"order_id":"1001","total":49.90,"currency":"EUR"}}'`;
  return (
    <>
      <Text size="sm" mb="sm">
        {t("events.howText")}{" "}
        <RouterAnchor to="/api-keys" inherit underline="always">
          {t("nav.keys")}
        </RouterAnchor>
      </Text>
      <Code block tabIndex={0}>
        {sample}
      </Code>
    </>
  );
}
