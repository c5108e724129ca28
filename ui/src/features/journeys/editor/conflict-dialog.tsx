import { Button, Grid, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Conflict, same, type Side } from "./merge";
import type { useDraft } from "./use-draft";

const record = (v: unknown): Record<string, unknown> | undefined => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : undefined);

/** What one side says differently; the whole where the other has nothing to compare with. */
function onlyOther(mine: unknown, theirs: unknown): unknown {
  const [a, b] = [record(mine), record(theirs)];
  return a && b ? Object.fromEntries(Object.entries(a).filter(([k, v]) => !same(v, b[k]))) : mine;
}

/** A step by its name and id, anything else by the name of its field. */
function titleOf(c: Conflict): string {
  const name = record(c.mine)?.name ?? record(c.theirs)?.name;
  return c.step ? (typeof name === "string" ? `${name} (${c.step})` : c.step) : (c.field ?? "");
}

/** Somebody else saved meanwhile: what only one of us changed is merged, what both changed is asked. */
export function ConflictDialog({ draft }: { draft: ReturnType<typeof useDraft> }) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<Record<string, Side>>({});
  const merge = draft.conflict?.merge;
  if (!merge) return null;
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} size="lg" title={t("editor.conflict")}>
      <Stack>
        <Text size="sm">{t("editor.conflictText", { mine: merge.mine.length, theirs: merge.theirs.length })}</Text>
        {merge.conflicts.map((c) => (
          <Radio.Group key={c.id} label={titleOf(c)} value={choice[c.id] ?? "mine"} onChange={(v) => setChoice({ ...choice, [c.id]: v as Side })}>
            <Grid mt={4}>
              {(["mine", "theirs"] as const).map((side) => (
                <Grid.Col span={6} key={side}>
                  <Radio value={side} label={t(`editor.${side}`)} />
                  <pre tabIndex={0} style={{ fontSize: 12, overflow: "auto", maxHeight: 220 }}>{c[side] === undefined ? t("editor.takenAway") : JSON.stringify(onlyOther(c[side], c[side === "mine" ? "theirs" : "mine"]), null, 2)}</pre>
                </Grid.Col>
              ))}
            </Grid>
          </Radio.Group>
        ))}
        <Group justify="flex-end">
          <Button onClick={() => draft.resolve(choice)}>{t("editor.merge")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
