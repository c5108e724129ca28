import { Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { Facts } from "../../components/facts";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatDate, formatDateTime } from "../../lib/format";

/** A date as it is meant: a day, a time on the wall (read nowhere else), or an instant in the reader's zone. */
export function objectDate(text: string, locale: string): string {
  if (!text.includes("T")) return formatDate(`${text}T00:00:00`, locale); // without a zone it is a local day, never the one before
  return formatDateTime(text, locale);
}

/** What a customer has: bookings, contracts, devices, with their status and dates. */
export function Objects({ objects }: { objects: Schema<"ObjectDetail">[] }) {
  const { t, i18n } = useTranslation();
  if (objects.length === 0) return <Text className="so-dim">{t("customer.noObjects")}</Text>;
  return (
    <Stack gap="sm">
      {objects.map((o) => {
        const dates = Object.entries(o.dates).sort(([, a], [, b]) => a.localeCompare(b));
        const properties = Object.entries(o.properties).sort(([a], [b]) => a.localeCompare(b));
        return (
          <Paper withBorder p="md" key={`${o.type}/${o.key}`} component="article">
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <Title order={3} size="md" style={{ overflowWrap: "anywhere" }}>
                {t(`object.${o.type}`, { defaultValue: o.type })} {o.key}
              </Title>
              {o.status && <StateBadge state={o.status} />}
            </Group>
            <Text size="sm" className="so-dim" mb="xs">
              {o.product && `${o.product} · `}
              {t("customer.objectChanged")} <When at={o.updated_at} />
            </Text>
            <Grid gap="md">
              {dates.length > 0 && (
                <Grid.Col span={{ base: 12, sm: 6 }}>
                  <Facts rows={dates.map(([name, at]) => [name, objectDate(at, i18n.language)] as [string, React.ReactNode])} />
                </Grid.Col>
              )}
              {properties.length > 0 && (
                <Grid.Col span={{ base: 12, sm: 6 }}>
                  <Facts rows={properties.map(([name, v]) => [name, typeof v === "string" ? v : JSON.stringify(v)] as [string, React.ReactNode])} />
                </Grid.Col>
              )}
            </Grid>
          </Paper>
        );
      })}
    </Stack>
  );
}
