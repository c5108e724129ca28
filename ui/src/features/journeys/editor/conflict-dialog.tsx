import { Button, Grid, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Side } from "./merge";
import type { useDraft } from "./use-draft";

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
          <Radio.Group key={c.id} label={c.step ?? c.field} value={choice[c.id] ?? "mine"} onChange={(v) => setChoice({ ...choice, [c.id]: v as Side })}>
            <Grid mt={4}>
              {(["mine", "theirs"] as const).map((side) => (
                <Grid.Col span={6} key={side}>
                  <Radio value={side} label={t(`editor.${side}`)} />
                  <pre tabIndex={0} style={{ fontSize: 12, overflow: "auto", maxHeight: 220 }}>{c[side] === undefined ? t("editor.takenAway") : JSON.stringify(c[side], null, 2)}</pre>
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
