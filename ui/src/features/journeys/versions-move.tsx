import { Box, Button, Select, Table, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ListSkeleton, LoadError } from "../../components/page";
import { formatNumber } from "../../lib/format";
import type { JourneyDocument } from "./document";
import { type Mapping, moveQuery } from "./versions-api";

type Props = { journeyKey: string; to: number; document: JourneyDocument; mapping: Mapping; onMapping: (mapping: Mapping) => void };

/** Where the people in flight would come out in another version: per step, with a choice where the new one has none. */
export function MoveTable({ journeyKey, to, document, mapping, onMapping }: Props) {
  const { t, i18n } = useTranslation();
  const preview = useQuery({ ...moveQuery(journeyKey, to, mapping), placeholderData: keepPreviousData });
  if (preview.isPending) return <ListSkeleton rows={2} />;
  if (preview.isError) return <LoadError error={preview.error} />;
  const steps = preview.data.steps ?? [];
  if (steps.length === 0) return <Text size="sm">{t("move.nobody")}</Text>;
  const targets = [
    ...document.steps.map((s) => ({ value: s.id, label: s.name || s.id })),
    { value: "(stay)", label: t("move.stay") },
    { value: "(end)", label: t("move.end") },
  ];
  const name = (id: string) => targets.find((x) => x.value === id)?.label ?? id;
  return (
    <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("move.title")}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("move.from")}</Table.Th>
            <Table.Th>{t("move.to")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.map((s) => (
            <Table.Tr key={`${s.version}/${s.step_id}`}>
              <Table.Td>
                <Text size="sm">{s.step_name || s.step_id || "–"}</Text>
                <Text size="xs" className="so-dim">
                  {t("move.who", { count: s.count, n: formatNumber(s.count, i18n.language), version: s.version })}
                </Text>
              </Table.Td>
              <Table.Td>
                <Select
                  size="xs"
                  aria-label={t("move.toOf", { step: s.step_name || s.step_id })}
                  placeholder={s.landing === "stays" ? t("move.stay") : name(s.to)}
                  value={mapping[s.step_id] ?? null}
                  data={targets}
                  clearable
                  clearButtonProps={{ "aria-label": t("common.clear") }}
                  onChange={(v) => {
                    const next = { ...mapping };
                    if (v) next[s.step_id] = v;
                    else delete next[s.step_id];
                    onMapping(next);
                  }}
                />
                {s.acts && (
                  <Text size="xs" className="so-dim">
                    {t("move.acts")}
                  </Text>
                )}
                {s.landing === "stays" && !mapping[s.step_id] && (
                  <>
                    <Text size="xs" className="so-dim">
                      {t("move.noPlace")}
                    </Text>
                    {s.suggestion && (
                      <Button size="compact-xs" variant="default" mt={4} onClick={() => onMapping({ ...mapping, [s.step_id]: s.suggestion ?? "" })}>
                        {t("move.suggestion", { step: name(s.suggestion) })}
                      </Button>
                    )}
                  </>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
