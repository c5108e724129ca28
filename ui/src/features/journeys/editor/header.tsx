import { ActionIcon, Badge, Button, Group, Select, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconLayoutGrid, IconPlus } from "@tabler/icons-react";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { BackLink, RouterButton } from "../../../components/link";
import { PageHeader } from "../../../components/page";
import type { Step } from "../document";
import { Sign } from "./issues";
import type { Saving } from "./use-draft";

type HeaderProps = { journeyKey: string; name: string; title: string; saving: Saving; problems: number; hints: number; onRetry: () => void; onSource: () => void };

/** What is edited, whether it is saved, and whether it could be published. */
export const EditorHeader = memo(function EditorHeader({ journeyKey, name, title, saving, problems, hints, onRetry, onSource }: HeaderProps) {
  const { t } = useTranslation();
  return (
    <PageHeader
      title={t("editor.title", { name: title })}
      back={<BackLink to="/journeys/$journeyKey" params={{ journeyKey }}>{name}</BackLink>}
      lead={
        <Group gap="xs" role="status">
          <Badge variant={saving === "failed" || saving === "conflict" ? "filled" : "default"} color="red.9">
            {t(`editor.saving.${saving}`)}
          </Badge>
          <span className="so-status">
            {problems > 0 && <Sign severity="error" />}
            {problems > 0 ? t("journey.issues", { count: problems }) : t("editor.sound")}
          </span>
          {hints > 0 && (
            <span className="so-status">
              <Sign severity="warning" />
              {t("editor.warnings", { count: hints })}
            </span>
          )}
        </Group>
      }
      actions={
        <>
          <Button variant="default" onClick={onSource}>
            {t("editor.yaml")}
          </Button>
          {saving === "failed" && <Button onClick={onRetry}>{t("common.tryAgain")}</Button>}
          <RouterButton to="/journeys/$journeyKey" params={{ journeyKey }} disabled={saving !== "saved"}>
            {t("editor.finish")}
          </RouterButton>
        </>
      }
    />
  );
});

type ToolProps = {
  steps: readonly Step[];
  readOnly: boolean;
  chosen: number;
  onAdd: () => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  onArrange: (() => void) | undefined;
  onFind: (id: string) => void;
  onJourney: () => void;
  onRemove: () => void;
};

/** The tools over the canvas; what can't be done now is disabled. */
export const EditorTools = memo(function EditorTools({ steps, readOnly, chosen, onAdd, undo, redo, onArrange, onFind, onJourney, onRemove }: ToolProps) {
  const { t } = useTranslation();
  const find = useMemo(() => steps.map((s) => ({ value: s.id, label: s.name ? `${s.name} (${s.id})` : s.id })), [steps]);
  const tool = (label: string, icon: React.ReactNode, onClick: (() => void) | undefined) => (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={onClick} disabled={!onClick || readOnly}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label={t("editor.tools")}>
      <Button leftSection={<IconPlus size={16} aria-hidden />} disabled={readOnly} onClick={onAdd}>
        {t("editor.addStep")}
      </Button>
      {tool(t("editor.undo"), <IconArrowBackUp size={18} aria-hidden />, undo)}
      {tool(t("editor.redo"), <IconArrowForwardUp size={18} aria-hidden />, redo)}
      {tool(t("editor.arrange"), <IconLayoutGrid size={18} aria-hidden />, onArrange)}
      <Select id="find-step" aria-label={t("editor.find")} placeholder={t("editor.find")} searchable clearable={false} value={null} data={find} nothingFoundMessage={t("editor.notFound")} limit={50} onChange={(id) => id && onFind(id)} />
      <Button variant="subtle" onClick={onJourney}>
        {t("editor.journey")}
      </Button>
      {chosen > 1 && (
        <Button variant="outline" color="red.9" c="var(--mantine-color-error)" disabled={readOnly} onClick={onRemove}>
          {t("editor.deleteMany", { count: chosen })}
        </Button>
      )}
    </Group>
  );
});
