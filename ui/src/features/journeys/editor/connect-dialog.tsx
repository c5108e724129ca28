import { Button, Modal, Stack, Text } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { END_ID } from "../canvas/graph-model";
import { type JourneyDocument, ways } from "../document";

export type Link = { from: string; to: string };

/** A line was drawn from a step with several ways: which of them leads there? */
export const ConnectDialog = memo(function ConnectDialog({ doc, link, onClose, onPick }: { doc: JourneyDocument; link: Link | null; onClose: () => void; onPick: (link: Link, exits: number[]) => void }) {
  const { t } = useTranslation();
  const step = doc.steps.find((s) => s.id === link?.from);
  const nameOf = (id: string) => (id === "" || id === END_ID ? t("canvas.end") : doc.steps.find((s) => s.id === id)?.name || id);
  const all = step ? ways(step) : [];
  return (
    <Modal opened={link !== null} onClose={onClose} title={link ? t("editor.connectTitle", { from: nameOf(link.from), to: nameOf(link.to) }) : ""} closeButtonProps={{ "aria-label": t("common.close") }}>
      {link && (
        <Stack gap="xs">
          <Text size="sm">{t("editor.connectWhich")}</Text>
          {all.map((w, i) => (
            <Button key={i} variant="default" justify="space-between" rightSection={<span className="so-dim">{t("editor.leadsNow", { to: nameOf(w.to) })}</span>} data-autofocus={i === 0 || undefined} onClick={() => onPick(link, [i])}>
              {t(`exit.${w.exit}`, { defaultValue: w.exit || "–" })}
            </Button>
          ))}
          <Button variant="default" justify="flex-start" onClick={() => onPick(link, all.map((_, i) => i))}>
            {t("editor.allWays")}
          </Button>
        </Stack>
      )}
    </Modal>
  );
});
