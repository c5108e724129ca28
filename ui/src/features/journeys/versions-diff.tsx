import { Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { JourneyCanvas } from "./canvas/canvas";
import { toneMark } from "./canvas/node";
import type { JourneyDocument } from "./document";
import { paintEdges, type Tone, unite } from "./versions-paint";

const tones = ["added", "removed", "changed"] as const satisfies readonly Tone[];

/** Both versions in one drawing: what came, what went, what changed; the chosen step tells field by field. */
export function DiffCanvas({ diff }: { diff: Schema<"VersionDiff"> }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | undefined>();
  const drawn = useMemo(() => {
    const before = diff.before as JourneyDocument;
    const after = diff.after as JourneyDocument;
    const { document, paint } = unite(before, after, diff.difference);
    return { document, paint, model: paintEdges(before, after, document, paint) };
  }, [diff]);
  const change = (diff.difference.steps ?? []).find((s) => s.id === chosen);
  const step = drawn.document.steps.find((s) => s.id === chosen);
  return (
    <Stack gap="xs">
      <Group gap="md" role="group" aria-label={t("diff.legend")}>
        {tones.map((tone) => (
          <Group key={tone} gap={6}>
            <span className="so-tone" data-tone={tone} aria-hidden>
              {toneMark[tone]}
            </span>
            <Text size="sm">{t(`diff.${tone}`)}</Text>
          </Group>
        ))}
      </Group>
      <JourneyCanvas document={drawn.document} model={drawn.model} paint={drawn.paint} selected={chosen} onSelect={setChosen} height={420} />
      <Paper withBorder p="sm" role="status" aria-live="polite">
        {!step && (
          <Text size="sm" className="so-dim">
            {t("diff.pick")}
          </Text>
        )}
        {step && (
          <>
            <Title order={3} size="h6" mb={4}>
              {step.name || t(`kind.${step.kind}`)} {change && `– ${t(`diff.${change.op}`)}`}
            </Title>
            {!change && <Text size="sm">{t("diff.nothingHere")}</Text>}
            {(change?.fields ?? []).length > 0 && (
              <Table verticalSpacing={4} aria-label={t("diff.canvas")}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th />
                    <Table.Th>{t("diff.before")}</Table.Th>
                    <Table.Th>{t("diff.after")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {(change?.fields ?? []).map((f) => (
                    <Table.Tr key={f.path}>
                      <Table.Th scope="row">{f.path}</Table.Th>
                      <Table.Td style={{ overflowWrap: "anywhere" }}>{f.before === undefined ? "–" : plain(f.before)}</Table.Td>
                      <Table.Td style={{ overflowWrap: "anywhere" }}>{f.after === undefined ? "–" : plain(f.after)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </>
        )}
      </Paper>
    </Stack>
  );
}

/** A value as text: words as they are, anything else as JSON. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
