import { Button, Group, Paper, Progress, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import { cancelOperation, type Operation, operationsQuery, reverseOperation } from "./versions-api";
import { useVersionAction } from "./versions-dialogs";

/** What was done to many people at once, how far it is, and the way back. */
export function Operations({ journeyKey, mayPublish }: { journeyKey: string; mayPublish: boolean }) {
  const { t, i18n } = useTranslation();
  const list = useQuery(operationsQuery(journeyKey));
  const cancel = useVersionAction<string>(journeyKey, cancelOperation, t("operation.cancelled"));
  const reverse = useVersionAction<string>(journeyKey, reverseOperation, t("operation.reversed"));
  const rows = list.data?.items ?? [];
  if (rows.length === 0) return null;
  const n = (x: number) => formatNumber(x, i18n.language);
  const outcome = (o: Operation) =>
    Object.entries(o.runs ?? {})
      .map(([state, count]) => `${n(count)} ${t(`operation.state.${state}`, { defaultValue: state })}`)
      .join(", ");
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        {t("operation.title")}
      </Title>
      {rows.map((o) => (
        <Group key={o.id} justify="space-between" mb="sm" align="flex-start">
          <div style={{ flex: 1, minWidth: 200 }}>
            <Text size="sm" fw={600}>
              {t(`operation.kind.${o.kind}`, { n: o.to })} · {t(`operation.${o.state}`)}
            </Text>
            <Text size="xs" className="so-dim">
              <When at={o.created_at} relative={false} /> · {o.created_by} · {t("operation.of", { handed: n(o.handed), total: n(o.total) })}
              {outcome(o) && ` · ${outcome(o)}`}
            </Text>
            {o.state === "running" && <Progress value={o.total > 0 ? (100 * o.handed) / o.total : 0} aria-label={t("operation.progress")} mt={4} />}
          </div>
          {mayPublish && o.state === "running" && (
            <Button size="xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(o.id)}>
              {t("operation.cancel")}
            </Button>
          )}
          {mayPublish && o.reversible && (
            <Button size="xs" variant="default" loading={reverse.isPending} onClick={() => reverse.mutate(o.id)}>
              {t("operation.reverse")}
            </Button>
          )}
        </Group>
      ))}
    </Paper>
  );
}
