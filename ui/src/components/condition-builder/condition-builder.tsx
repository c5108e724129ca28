import { ActionIcon, Box, Button, Checkbox, Group, Menu, Paper, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../../api/catalogue";
import { JsonField } from "../json-field";
import { LeafRow, type StepName } from "./leaf";
import { asGroup, type Condition, filterScope, type Group as ConditionGroup, fromGroup, groupOf, isEditable, type Join, leafOf, newLeaf, plusPart, type Scope, simplest, type Subject, subjectOf, subjectsIn, withoutPart, withPart } from "./model";

type Shared = { scope: Scope; catalogue: Catalogue; steps?: StepName[]; event?: string; object?: string };
type Props = Shared & {
  label: string;
  value: Condition | undefined;
  /** Nothing (undefined) is told when the last part is taken away. */
  onChange: (c: Condition | undefined) => void;
  empty?: string; // what no condition at all means here, e.g. "everybody"
};

/**
 * A condition in sentences: rows that all, at least one or none of must hold, groups within groups, and JSON for what no
 * row can say, so that nothing is lost. Shared by journeys, audiences and broadcasts.
 */
export function ConditionBuilder({ label, value, onChange, empty, ...shared }: Props) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  const editable = isEditable(value, shared.scope);
  const id = useId();
  return (
    <Stack gap={6} role="group" aria-labelledby={id}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text id={id} size="sm" fw={500}>
          {label}
        </Text>
        {editable && value && (
          <Button variant="subtle" size="compact-xs" onClick={() => setRaw(!raw)}>
            {raw ? t("cond.asForm") : t("cond.asJSON")}
          </Button>
        )}
      </Group>
      {raw || !editable ? (
        <JsonField label={t("cond.json", { label })} description={editable ? undefined : t("cond.tooComplex")} value={value ?? {}} object onChange={(v) => onChange(v as Condition)} />
      ) : (
        <GroupEditor {...shared} group={asGroup(value)} onChange={(g) => onChange(simplest(g))} empty={empty} depth={0} />
      )}
    </Stack>
  );
}

function GroupEditor({ group, onChange, depth, empty, ...shared }: Shared & { group: ConditionGroup; onChange: (g: ConditionGroup) => void; depth: number; empty?: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap={8}>
      {(group.parts.length > 1 || group.join === "none" || group.join === "notall" || depth > 0) && (
        <Select
          aria-label={t("cond.join")}
          allowDeselect={false}
          maw={260}
          value={group.join}
          data={["and", "or", "none", "notall"].map((j) => ({ value: j, label: t(`cond.join.${j}`) }))}
          onChange={(j) => j && onChange({ ...group, join: j as Join })}
        />
      )}
      {group.parts.length === 0 && empty && (
        <Text size="sm" className="so-dim">
          {empty}
        </Text>
      )}
      {group.parts.map((part, i) => (
        <Part key={i} {...shared} part={part} depth={depth} number={i + 1} onChange={(p) => onChange(withPart(group, i, p))} onRemove={() => onChange(withoutPart(group, i))} />
      ))}
      <AddMenu scope={shared.scope} nest={depth < 3 && shared.scope !== "where" && shared.scope !== "objectWhere"} onAdd={(c) => onChange(plusPart(group, c))} />
    </Stack>
  );
}

function Part({ part, onChange, onRemove, depth, number, ...shared }: Shared & { part: Condition; onChange: (c: Condition) => void; onRemove: () => void; depth: number; number: number }) {
  const { t } = useTranslation();
  const inner = groupOf(part);
  const { leaf, not } = leafOf(part);
  const remove = (
    <ActionIcon variant="subtle" color="gray" aria-label={t("cond.remove", { n: number })} onClick={onRemove} mt={4}>
      <IconTrash size={16} aria-hidden />
    </ActionIcon>
  );
  if (inner)
    return (
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Paper withBorder p="xs" style={{ flex: 1, minWidth: 0 }} role="group" aria-label={t("cond.group", { n: number })}>
          <GroupEditor {...shared} group={inner} onChange={(g) => (g.parts.length === 0 ? onRemove() : onChange(fromGroup(g)))} depth={depth + 1} />
        </Paper>
        {remove}
      </Group>
    );
  const write = (c: Condition) => onChange(not ? { not: c } : c);
  const subject = subjectOf(leaf);
  const filter =
    subject === "event" || subject === "object" ? (
      <Filter {...shared} scope={filterScope(subject)} where={leaf.where} event={leaf.event} object={leaf.object} onChange={(where) => write({ ...leaf, where })} />
    ) : undefined;
  return (
    <Group gap={4} wrap="nowrap" align="flex-start" role="group" aria-label={t("cond.part", { n: number })}>
      <Box style={{ flex: 1, minWidth: 0 }}>
        <LeafRow {...shared} leaf={leaf} onChange={write} filter={filter} />
        {not && <Checkbox mt={6} size="xs" checked label={t("cond.not")} onChange={() => onChange(leaf)} />}
      </Box>
      {remove}
    </Group>
  );
}

/** Which events or objects count: those whose properties say so. */
function Filter({ where, onChange, ...shared }: Shared & { where: Condition | undefined; onChange: (c: Condition | undefined) => void }) {
  const { t } = useTranslation();
  const label = t(shared.scope === "objectWhere" ? "cond.objectFilter" : "cond.filter");
  if (!where)
    return (
      <Button mt={4} variant="subtle" size="compact-xs" leftSection={<IconPlus size={12} aria-hidden />} onClick={() => onChange(newLeaf("property"))}>
        {t(shared.scope === "objectWhere" ? "cond.addObjectFilter" : "cond.addFilter")}
      </Button>
    );
  return (
    <Box mt={6} pl="sm" style={{ borderInlineStart: "2px solid var(--so-line)" }} role="group" aria-label={label}>
      <Text size="xs" className="so-dim" mb={4}>
        {label}
      </Text>
      <GroupEditor {...shared} group={asGroup(where)} onChange={(g) => onChange(simplest(g))} depth={0} />
    </Box>
  );
}

function AddMenu({ scope, nest, onAdd }: { scope: Scope; nest: boolean; onAdd: (c: Condition) => void }) {
  const { t } = useTranslation();
  const choices = subjectsIn(scope);
  const only = choices.length === 1 ? choices[0] : undefined;
  const button = (
    <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={only ? () => onAdd(newLeaf(only)) : undefined}>
      {t("cond.add")}
    </Button>
  );
  if (only) return button;
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        {choices.map((s) => (
          <Menu.Item key={s} onClick={() => onAdd(newLeaf(s as Subject))}>
            {t(`cond.add.${s}`)}
          </Menu.Item>
        ))}
        {scope !== "where" && scope !== "objectWhere" && (
          <Menu.Item onClick={() => onAdd({ event: "Message Opened", agg: "count", op: "gte", value: 1, within: "P30D" })}>{t("cond.add.engagement")}</Menu.Item>
        )}
        {nest && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => onAdd({ or: [newLeaf(choices[0] as Subject)] })}>{t("cond.addGroup")}</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
