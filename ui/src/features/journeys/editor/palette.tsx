import { Tooltip, UnstyledButton } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { type StepKind, stepKinds } from "../document";
import { stepIcon } from "../steps";

/** The type under which a dragged kind of step travels. */
export const KIND_TYPE = "application/x-sojourn-step-kind";

/** Every kind of step: dragged onto a line, a step or the free canvas, or put after the chosen step by a click or Enter. */
export const Palette = memo(function Palette({ disabled, onPick }: { disabled: boolean; onPick: (kind: StepKind) => void }) {
  const { t } = useTranslation();
  return (
    <div className="so-palette" role="group" aria-label={t("editor.palette")}>
      {stepKinds.map((kind) => (
        <Tooltip key={kind} label={t(`kindHint.${kind}`)} openDelay={500} multiline maw={260} withinPortal>
          <UnstyledButton
            className="so-chip"
            disabled={disabled}
            draggable={!disabled}
            data-kind={kind}
            onClick={() => onPick(kind)}
            onDragStart={(e) => {
              e.dataTransfer.setData(KIND_TYPE, kind);
              e.dataTransfer.effectAllowed = "copy";
            }}
          >
            {stepIcon(kind)}
            <span>{t(`kind.${kind}`)}</span>
          </UnstyledButton>
        </Tooltip>
      ))}
    </div>
  );
});
