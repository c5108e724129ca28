import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ENTRY_ID } from "../canvas/graph-model";
import type { JourneyDocument } from "../document";
import type { Issue } from "./use-draft";

/** What is painted on a step: errors stop publishing, warnings ask for a look. */
export type Marks = { errors: number; warnings: number };

/** The place on the canvas an issue belongs to; "" is the journey as a whole. */
export const placeOf = (i: Issue): string => i.step_id || (i.path.startsWith("entry") ? ENTRY_ID : "");

/** How many errors and warnings each step has. */
export function marksOf(issues: readonly Issue[]): Record<string, Marks> {
  const found: Record<string, Marks> = {};
  for (const i of issues) {
    const at = (found[placeOf(i)] ??= { errors: 0, warnings: 0 });
    if (i.severity === "error") at.errors++;
    else at.warnings++;
  }
  return found;
}

/** The sign of an issue. Colour, shape and name differ, so that none of them is needed alone. */
export function Sign({ severity, label, size = 16 }: { severity: string; label?: string; size?: number }) {
  const aria = label ? { "aria-label": label, role: "img" } : { "aria-hidden": true };
  return severity === "error" ? <IconAlertTriangle size={size} color="var(--so-error)" style={{ flexShrink: 0 }} {...aria} /> : <IconInfoCircle size={size} color="var(--so-warning)" style={{ flexShrink: 0 }} {...aria} />;
}

type ListProps = { doc: JourneyDocument; issues: readonly Issue[]; onGo: (place: string) => void };
const FIRST = 12;

/** Everything validation has found, errors first; each line leads to its step. Drawn again when validation says something new. */
export const IssueList = memo(
  function IssueList({ doc, issues, onGo }: ListProps) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const nameOf = (place: string) => (place === ENTRY_ID ? t("canvas.entry") : doc.steps.find((s) => s.id === place)?.name || place);
  return (
    <Stack gap="xs" mt="sm">
      {(["error", "warning"] as const).map((severity) => {
        const some = issues.filter((i) => i.severity === severity);
        if (some.length === 0) return null;
        return (
          <Alert
            key={severity}
            variant="default"
            style={{ borderColor: `var(--so-${severity})` }}
            icon={<Sign severity={severity} size={18} />}
            title={t(severity === "error" ? "journey.issues" : "editor.warnings", { count: some.length })}
          >
            <Stack gap={2} align="flex-start">
              {some.slice(0, all ? undefined : FIRST).map((i) => (
                <Button
                  key={i.path + i.code}
                  variant="subtle"
                  color="gray"
                  size="compact-sm"
                  styles={{ label: { whiteSpace: "normal", textAlign: "start", color: "var(--mantine-color-text)", lineHeight: 1.35, fontWeight: 500 }, root: { height: "auto", minHeight: 24, paddingBlock: 2 } }}
                  onClick={() => onGo(placeOf(i))}
                >
                  {placeOf(i) && `${nameOf(placeOf(i))}: `}
                  {i.message}
                </Button>
              ))}
              {!all && some.length > FIRST && (
                <Button variant="default" size="compact-sm" mt={4} onClick={() => setAll(true)}>
                  {t("editor.moreIssues", { count: some.length - FIRST })}
                </Button>
              )}
            </Stack>
          </Alert>
        );
      })}
    </Stack>
  );
  },
  (a, b) => a.issues === b.issues && a.onGo === b.onGo,
);
