import { Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError } from "../../components/page";
import { When } from "../../components/when";

/** Why did, or didn't, this customer get a message: every decision in a sentence. */
export function Why({ id }: { id: string }) {
  const { t } = useTranslation();
  const [journey, setJourney] = useState<string | null>(null);
  const [broadcast, setBroadcast] = useState<string | null>(null);
  const broadcasts = useQuery({ queryKey: ["broadcasts", "names"], queryFn: () => unwrap(api.GET("/api/admin/v1/broadcasts", { params: { query: { page_size: 100 } } })), staleTime: 30_000 });
  const journeys = useQuery({ queryKey: ["journeys"], queryFn: () => unwrap(api.GET("/api/admin/v1/journeys", { params: { query: { page_size: 100 } } })) });
  const why = useQuery({
    queryKey: ["customer", id, "why", journey, broadcast],
    queryFn: () => unwrap(api.GET("/api/admin/v1/customers/{id}/why", { params: { path: { id }, query: broadcast ? { broadcast } : journey ? { journey } : {} } })),
  });
  return (
    <Stack>
      <Group align="flex-end">
        <Select
          label={t("why.journey")}
          placeholder={t("why.any")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          maw={320}
          value={journey}
          onChange={(v) => {
            setJourney(v);
            setBroadcast(null);
          }}
          data={(journeys.data?.items ?? []).map((j) => ({ value: j.key, label: j.name }))}
        />
        <Select
          label={t("why.broadcast")}
          placeholder={t("why.any")}
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          maw={320}
          value={broadcast}
          onChange={(v) => {
            setBroadcast(v);
            setJourney(null);
          }}
          data={(broadcasts.data?.items ?? []).map((b) => ({ value: b.key, label: b.name }))}
        />
      </Group>
      {why.isPending && <ListSkeleton rows={3} />}
      {why.isError && <LoadError error={why.error} />}
      {why.data && (
        <Paper withBorder p="md">
          <Title order={2} mb="sm">
            {why.data.summary}
          </Title>
          <Stack gap="sm" component="ol" style={{ margin: 0, paddingInlineStart: 0, listStyle: "none" }}>
            {(why.data.entries ?? []).map((e) => (
              <li key={e.id}>
                <Text size="sm">{e.sentence}</Text>
                <Text size="xs" className="so-dim">
                  <When at={e.at} relative={false} />
                  {e.journey ? ` · ${e.journey.name}` : ""}
                  {e.broadcast && (
                    <>
                      {" · "}
                      <RouterAnchor to="/broadcasts/$broadcastKey" params={{ broadcastKey: e.broadcast.key }} search={{ issue: e.broadcast.issue }} size="xs" underline="always">
                        {e.broadcast.name}
                      </RouterAnchor>
                    </>
                  )}
                  {e.step_name ? ` · ${e.step_name}` : ""}
                  {e.run_id && (
                    <>
                      {" · "}
                      <RouterAnchor to="/runs/$runId" params={{ runId: e.run_id }} size="xs" underline="always">
                        {t("people.timeline")}
                      </RouterAnchor>
                    </>
                  )}
                </Text>
              </li>
            ))}
          </Stack>
        </Paper>
      )}
    </Stack>
  );
}
