import { Alert, List, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError } from "../../components/page";
import { formatNumber, formatPercent } from "../../lib/format";
import { byCount } from "./progress";

type Forecast = Schema<"BroadcastForecast">;

/** Who would get it and who would not, before anything is sent. */
export function ForecastPanel({ forecast, error, stale }: { forecast: Forecast | undefined; error: Error | null; stale: boolean }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  const reason = (r: string) => t(`reason.${r}`, { defaultValue: r });
  return (
    <Paper withBorder p="md" component="section" aria-label={t("bc.forecast")} aria-busy={stale}>
      <Title order={2}>{t("bc.forecast")}</Title>
      <Text size="sm" className="so-dim" mb="sm">
        {t("bc.forecastHint")}
      </Text>
      {error && <LoadError error={error} />}
      {!error && !forecast && <ListSkeleton rows={3} />}
      {!error && forecast && (
        <Stack gap="sm">
          <div role="status">
            <Text fz={30} fw={650} lh={1.1}>
              {n(forecast.reached)}
            </Text>
            <Text size="sm">{t("bc.wouldGet")}</Text>
          </div>
          <Table aria-label={t("bc.forecast")} verticalSpacing={4} horizontalSpacing={0}>
            <Table.Tbody>
              <Row name={t("bc.matched")} value={n(forecast.matched)} />
              {forecast.excluded > 0 && <Row name={t("bc.excluded")} value={`−${n(forecast.excluded)}`} />}
              {byCount(forecast.skipped).map((r) => (
                <Row key={`s ${r.reason}`} name={t("bc.skippedBy", { reason: reason(r.reason) })} value={`−${n(r.count)}`} />
              ))}
              {byCount(forecast.later).map((r) => (
                <Row key={`l ${r.reason}`} name={t("bc.laterBy", { reason: reason(r.reason) })} value={n(r.count)} />
              ))}
              {forecast.passed > 0 && <Row name={t("bc.passed")} value={n(forecast.passed)} />}
            </Table.Tbody>
          </Table>
          <Text size="xs" className="so-dim">
            {forecast.margin > 0
              ? t("bc.sampled", { n: n(forecast.asked), margin: formatPercent(forecast.margin, i18n.language, 1) })
              : t(forecast.asked > 0 || forecast.matched === 0 ? "bc.asked" : "bc.askedGroups")}
          </Text>
          {forecast.sample.length > 0 && (
            <div>
              <Text size="sm" fw={500}>
                {t("bc.sample")}
              </Text>
              <List size="sm" withPadding={false} listStyleType="none" spacing={8}>
                {forecast.sample.map((c) => (
                  <List.Item key={c.id}>
                    <RouterAnchor to="/customers/$customerId" params={{ customerId: c.id }} size="sm">
                      {c.name}
                    </RouterAnchor>
                  </List.Item>
                ))}
              </List>
            </div>
          )}
          {forecast.problems.length > 0 && (
            <Alert color="gray" title={t("bc.problems")}>
              <List size="sm" withPadding={false}>
                {forecast.problems.map((p) => (
                  <List.Item key={`${p.path} ${p.message}`}>
                    <strong>{t(`bc.field.${p.path.split(/[.[]/)[0] ?? ""}`, { defaultValue: p.path })}</strong>: {p.message}
                  </List.Item>
                ))}
              </List>
            </Alert>
          )}
        </Stack>
      )}
    </Paper>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {name}
      </Table.Th>
      <Table.Td ta="right">{value}</Table.Td>
    </Table.Tr>
  );
}
