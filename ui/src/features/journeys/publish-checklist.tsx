import { Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { RouterAnchor } from "../../components/link";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import type { Journey } from "./api";
import { ENTRY_ID } from "./canvas/graph-model";
import type { JourneyDocument } from "./document";

type Preview = Schema<"PublishPreview">;
export type Point = { key: "sound" | "look" | "reviewed" | "goal" | "control" | "inFlight" | "coming"; is: "good" | "look" | "bad"; values?: Record<string, string | number>; issues?: Schema<"Issue">[] };

/** What whoever publishes goes through: what stands in the way, what deserves a look, what is as it should be. */
export function pointsOf(preview: Preview, document: JourneyDocument): Point[] {
  const errors = preview.issues.filter((i) => i.severity === "error");
  const hints = preview.issues.filter((i) => i.severity !== "error");
  const drafts = document.steps.filter((s) => s.kind === "send" && s.send.draft).length;
  const percent = document.control?.percent ?? 0;
  return [
    { key: "sound", is: errors.length > 0 ? "bad" : "good", values: { count: errors.length }, issues: errors },
    ...(hints.length > 0 ? [{ key: "look", is: "look", values: { count: hints.length }, issues: hints } as const] : []),
    ...(preview.first_publish ? [] : [{ key: "inFlight", is: "good", values: { count: preview.in_flight } } as const]),
    ...(drafts > 0 ? [{ key: "reviewed", is: "look", values: { count: drafts } } as const] : []),
    document.goal ? { key: "goal", is: "good", values: { event: document.goal.event } } : { key: "goal", is: "look" },
    ...(percent > 0 ? [{ key: "control", is: "good", values: { percent } } as const] : []),
    ...(preview.coming.length > 0 ? [{ key: "coming", is: "good" } as const] : []),
  ];
}

const signs = {
  good: <IconCircleCheck size={18} color="var(--mantine-color-green-8)" aria-hidden />,
  look: <IconAlertTriangle size={18} color="var(--so-warning)" aria-hidden />,
  bad: <IconCircleX size={18} color="var(--so-error)" aria-hidden />,
};

/** The points as a list; an issue leads to its step in the editor. */
export function PublishChecklist({ journey, preview }: { journey: Journey; preview: Preview }) {
  const { t, i18n } = useTranslation();
  const document = journey.draft as JourneyDocument;
  const nameOf = (id: string) => document.steps.find((s) => s.id === id)?.name || id;
  const says = (p: Point) => {
    const values = { ...p.values, n: formatNumber(Number(p.values?.count ?? 0), i18n.language) };
    return t(p.key === "inFlight" ? "journey.inFlight" : `checklist.${p.key}.${p.is}`, values);
  };
  return (
    <List size="sm" spacing={8} listStyleType="none" aria-label={t("checklist.title")} style={{ paddingInlineStart: 0 }}>
      {pointsOf(preview, document).map((p) => (
        <List.Item key={p.key}>
          <Group gap={8} wrap="nowrap" align="flex-start">
            <span style={{ display: "inline-flex", flexShrink: 0, marginTop: 1 }}>{signs[p.is]}</span>
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={p.is === "bad" ? 600 : undefined}>
                {says(p)}
              </Text>
              {(p.issues ?? []).map((i) => (
                <Text size="sm" key={i.path + i.code} style={{ overflowWrap: "anywhere" }}>
                  <RouterAnchor to="/journeys/$journeyKey/edit" params={{ journeyKey: journey.key }} search={{ step: i.step_id || (i.path.startsWith("entry") ? ENTRY_ID : undefined) }} size="sm" underline="always">
                    {i.step_id ? nameOf(i.step_id) : t(i.path.startsWith("entry") ? "canvas.entry" : "editor.journey")}
                  </RouterAnchor>
                  {": "}
                  {i.message}
                </Text>
              ))}
              {p.key === "coming" && (
                <Stack gap={0}>
                  {preview.coming.map((at) => (
                    <When key={at} at={at} relative={false} size="sm" />
                  ))}
                </Stack>
              )}
            </div>
          </Group>
        </List.Item>
      ))}
    </List>
  );
}
