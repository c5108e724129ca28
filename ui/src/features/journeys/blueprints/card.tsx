import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RouterAnchor } from "../../../components/link";
import { JourneyPicture } from "../canvas/picture";
import type { JourneyDocument } from "../document";
import type { Blueprint } from "./api";
import { Needs } from "./needs";
import { type Counts, inLanguage } from "./words";

/** One blueprint in the gallery: its picture, what it does, what it needs and in which languages it speaks. */
export function BlueprintCard({ blueprint: b, counts, onUse }: { blueprint: Blueprint; counts: Counts; onUse?: () => void }) {
  const { t, i18n } = useTranslation();
  const name = inLanguage(b.names, i18n.language, b.name);
  return (
    <Paper withBorder component="article" aria-label={name} style={{ overflow: "hidden", display: "flex", flexDirection: "column" }}>
      <JourneyPicture document={b.document as JourneyDocument} crop />
      <Stack gap="xs" p="md" style={{ flex: 1 }}>
        <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
          <Title order={2} size="h3">
            <RouterAnchor to="/blueprints/$blueprintKey" params={{ blueprintKey: b.key }} inherit>
              {name}
            </RouterAnchor>
          </Title>
          <Badge variant="outline" color="gray" style={{ flexShrink: 0, color: "var(--mantine-color-text)" }}>
            {t(`blueprints.goal.${b.goal}`, { defaultValue: b.goal })}
          </Badge>
        </Group>
        <Text size="sm">{inLanguage(b.what, i18n.language, b.description)}</Text>
        <Needs needs={b.needs} counts={counts} blueprintKey={b.key} />
        <Text size="xs" className="so-dim" style={{ marginTop: "auto" }}>
          {[b.channels.map((c) => t(`channel.${c}`, { defaultValue: c })).join(", ") || t("blueprints.noMessage"), b.locales.join(" · ").toUpperCase(), b.code && t("blueprints.code")].filter(Boolean).join(" — ")}
        </Text>
        <Group justify="flex-end">
          {onUse && (
            <Button variant="default" onClick={onUse} aria-label={t("journeys.use", { name })}>
              {t("journeys.useShort")}
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
