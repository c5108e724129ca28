import { Button, Group, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { ListSkeleton, LoadError } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { formatNumber } from "../../lib/format";
import { useMay } from "../../api/session";

/** The big switch, the number in flight, and every sender with its own. */
export function Sending() {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const may = useMay("sending.control");
  const [asking, setAsking] = useState(false);
  const sending = useQuery({ queryKey: ["sending"], queryFn: () => unwrap(api.GET("/api/admin/v1/sending")), refetchInterval: 5_000 });
  const act = useMutation({
    mutationFn: (what: { kind: "stop" | "resume" } | { kind: "pauseSender" | "resumeSender"; key: string }) => {
      switch (what.kind) {
        case "stop":
          return unwrap(api.POST("/api/admin/v1/sending/stop"));
        case "resume":
          return unwrap(api.POST("/api/admin/v1/sending/resume"));
        case "pauseSender":
          return unwrap(api.POST("/api/admin/v1/senders/{key}/pause", { params: { path: { key: what.key } }, body: {} }));
        case "resumeSender":
          return unwrap(api.POST("/api/admin/v1/senders/{key}/resume", { params: { path: { key: what.key } } }));
      }
    },
    onSuccess: async () => {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: ["sending"] });
      await queryClient.invalidateQueries({ queryKey: ["me"] });
    },
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  if (sending.isPending) return <ListSkeleton rows={2} height={120} />;
  if (sending.isError) return <LoadError error={sending.error} onRetry={() => void sending.refetch()} />;
  const s = sending.data;
  return (
    <Stack maw={760}>
      <Paper withBorder p="md">
        <Group justify="space-between" align="flex-start">
          <div style={{ flex: "1 1 260px" }}>
            <Title order={2}>{t(s.stopped ? "sending.isStopped" : "sending.isOn")}</Title>
            <Text size="sm" className="so-dim">
              {t("sending.inFlight", { count: s.in_flight, n: formatNumber(s.in_flight, i18n.language) })}
            </Text>
          </div>
          {may &&
            (s.stopped ? (
              <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={act.isPending} onClick={() => act.mutate({ kind: "resume" })}>
                {t("sending.resume")}
              </Button>
            ) : (
              <Button color="red.9" leftSection={<IconHandStop size={16} aria-hidden />} onClick={() => setAsking(true)}>
                {t("sending.stop")}
              </Button>
            ))}
        </Group>
      </Paper>
      {(s.senders ?? []).map((x) => (
        <Paper withBorder p="md" key={x.key}>
          <Group justify="space-between">
            <div>
              <Text fw={600}>
                {x.from_name} &lt;{x.from_address}&gt;
              </Text>
              <Text size="sm" className="so-dim">
                {x.channel} · {x.key}
                {x.state_reason ? ` · ${x.state_reason}` : ""}
              </Text>
            </div>
            <Group gap="sm">
              <StateBadge state={x.state} />
              {may && (
                <Button size="xs" variant="default" onClick={() => act.mutate({ kind: x.state === "paused" ? "resumeSender" : "pauseSender", key: x.key })}>
                  {t(x.state === "paused" ? "sending.resumeSender" : "sending.pauseSender")}
                </Button>
              )}
            </Group>
          </Group>
        </Paper>
      ))}
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("sending.stopTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Text size="sm" mb="md">
          {t("sending.stopText")}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t("common.cancel")}
          </Button>
          <Button color="red.9" loading={act.isPending} onClick={() => act.mutate({ kind: "stop" })}>
            {t("sending.stop")}
          </Button>
        </Group>
      </Modal>
    </Stack>
  );
}
