import { TextInput } from "@mantine/core";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { JourneyDocument } from "../document";
import { isStepId } from "./commands";

type Props = { doc: JourneyDocument; id: string; live: boolean; onRename: (id: string, to: string) => void };

/** The id of a step. It is changed everywhere at once, when one leaves the field or presses Enter; Escape takes it back. */
export const StepIdField = memo(function StepIdField({ doc, id, live, onRename }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(id);
  const wanted = text.trim();
  const taken = wanted !== id && doc.steps.some((s) => s.id === wanted);
  const error = taken ? t("editor.idTaken") : isStepId(wanted) ? undefined : t("editor.idBad");
  const commit = () => {
    if (error) return;
    setText(wanted);
    if (wanted !== id) onRename(id, wanted);
  };
  return (
    <TextInput
      label={t("f.stepId")}
      description={live ? t("editor.idLive") : t("editor.idHint")}
      value={text}
      error={error}
      data-field="id"
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(e) => {
        if (e.key === "Enter") commit();
        if (e.key === "Escape" && text !== id) {
          e.stopPropagation();
          setText(id);
        }
      }}
    />
  );
});
