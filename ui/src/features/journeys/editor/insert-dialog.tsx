import { Button, Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type JourneyDocument, type StepKind, stepKinds, ways } from "../document";
import { stepIcon } from "../steps";
import type { Place } from "./commands";

type Props = { doc: JourneyDocument; place: Place | null; onClose: () => void; onPick: (place: Place, kind: StepKind) => void };

/** Which step comes next, and on which way. Typing filters, Enter takes the first that is left. */
export const InsertDialog = memo(function InsertDialog({ doc, place, onClose, onPick }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={place !== null} onClose={onClose} size="lg" title={t("editor.addStep")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {place && <Choice key={`${place.from}${place.exits?.join()}`} doc={doc} place={place} onPick={onPick} />}
    </Modal>
  );
});

function Choice({ doc, place, onPick }: { doc: JourneyDocument; place: Place; onPick: Props["onPick"] }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [exit, setExit] = useState("all");
  const step = doc.steps.find((s) => s.id === place.from);
  const all = step ? ways(step) : [];
  const offered = place.exits ?? all.map((_, i) => i);
  const kinds = stepKinds.filter((k) => t(`kind.${k}`).toLowerCase().includes(text.toLowerCase()));
  const pick = (kind: StepKind) => onPick(exit === "all" ? { from: place.from, ...(step ? { exits: offered } : {}) } : { from: place.from, exits: [Number(exit)] }, kind);
  return (
    <Stack>
      <TextInput data-autofocus label={t("editor.findKind")} value={text} onChange={(e) => setText(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && kinds[0] && pick(kinds[0])} />
      {offered.length > 1 && (
        <Select
          label={t("editor.onWay")}
          allowDeselect={false}
          value={exit}
          onChange={(v) => v && setExit(v)}
          data={[{ value: "all", label: t("editor.allWays") }, ...offered.map((i) => ({ value: String(i), label: t(`exit.${all[i]?.exit}`, { defaultValue: all[i]?.exit || "–" }) }))]}
        />
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
        {kinds.map((k) => (
          <Button key={k} variant="default" justify="flex-start" leftSection={stepIcon(k)} onClick={() => pick(k)}>
            {t(`kind.${k}`)}
          </Button>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
