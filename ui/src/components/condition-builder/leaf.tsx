import { Autocomplete, Box, Group, Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../../api/catalogue";
import { DurationInput } from "../duration-input";
import { type Condition, newLeaf, type Owning, owningOf, type Scope, type Subject, subjectOf, subjectsIn, typeOf, valueFor, withOwning } from "./model";
import { ValueInput } from "./value-input";

export type StepName = { id: string; name: string; results: string[] };
export type LeafProps = { leaf: Condition; onChange: (c: Condition) => void; scope: Scope; catalogue: Catalogue; steps?: StepName[]; event?: string; object?: string };

const wide = { flex: "1 1 160px", minWidth: 140 };

/** One condition as a sentence: what it looks at, how it compares, and with what. */
export function LeafRow(props: LeafProps & { filter?: React.ReactNode }) {
  const { leaf, onChange, scope, catalogue, filter } = props;
  const { t } = useTranslation();
  const subject = subjectOf(leaf) ?? "attribute";
  const { type, unit } = typeOf(leaf, catalogue);
  const ops = catalogue.ops[type] ?? (leaf.op ? [leaf.op] : []);
  const op = leaf.op ?? ops[0] ?? "eq";
  const many = subjectsIn(scope);
  const words = type === "date" || type === "instant" ? "timeOp" : "op";
  const retyped = (next: Condition) => {
    const to = typeOf(next, catalogue).type;
    if (to === type) return onChange(next);
    const allowed = catalogue.ops[to] ?? [];
    const nextOp = allowed.includes(op) ? op : (allowed[0] ?? "eq");
    onChange({ ...next, op: nextOp, value: valueFor(nextOp, to, undefined) });
  };
  return (
    <Box style={{ flex: 1, minWidth: 0 }}>
      <Group gap={6} align="center">
        {many.length > 1 && (
          <Select
            aria-label={t("cond.subject")}
            allowDeselect={false}
            w={148}
            value={subject}
            data={many.map((s) => ({ value: s, label: t(`cond.subject.${s}`) }))}
            onChange={(s) => s && onChange(newLeaf(s as Subject))}
          />
        )}
        <Name {...props} subject={subject} onRetyped={retyped} />
        {subject === "object" && (
          <Select
            aria-label={t("cond.owning")}
            allowDeselect={false}
            w={146}
            value={owningOf(leaf)}
            data={(["has", "none", "count"] as const).map((o) => ({ value: o, label: t(`cond.owning.${o}`) }))}
            onChange={(o) => o && onChange(withOwning(leaf, o as Owning))}
          />
        )}
        {subject !== "audience" && (subject !== "object" || owningOf(leaf) === "count") && (
          <Select
            aria-label={t("cond.op")}
            allowDeselect={false}
            w={146}
            value={op}
            data={ops.map((o) => ({ value: o, label: t(`cond.${words}.${o}`, { defaultValue: t(`cond.op.${o}`) }) }))}
            onChange={(o) => o && onChange({ ...leaf, op: o, value: valueFor(o, type, leaf.value) })}
          />
        )}
        {subject === "audience" ? (
          <Select
            aria-label={t("cond.op")}
            allowDeselect={false}
            w={146}
            value={(leaf.value !== false) === (op === "eq") ? "in" : "out"}
            data={[
              { value: "in", label: t("cond.isIn") },
              { value: "out", label: t("cond.isNotIn") },
            ]}
            onChange={(v) => onChange({ ...leaf, op: "eq", value: v === "in" })}
          />
        ) : subject === "object" && owningOf(leaf) !== "count" ? null : (
          <ValueInput type={type} unit={unit} op={op} value={leaf.value} onChange={(value) => onChange({ ...leaf, value })} choices={subject === "consent" ? catalogue.states : subject === "result" ? (props.steps?.find((s) => s.id === leaf.result)?.results ?? []) : []} />
        )}
      </Group>
      {subject === "event" && <Period leaf={leaf} onChange={onChange} catalogue={catalogue} />}
      {filter}
    </Box>
  );
}

/** What the leaf looks at, by name. Closed lists are chosen from; open ones may be written, too. */
function Name({ leaf, onChange, scope, catalogue, steps = [], event, object, subject, onRetyped }: LeafProps & { subject: Subject; onRetyped: (c: Condition) => void }) {
  const { t, i18n } = useTranslation();
  const label = (name: string, fallback: string) => (i18n.language === "en" ? fallback : t(`cond.field.${name}`, { defaultValue: fallback }));
  switch (subject) {
    case "attribute":
      return (
        <Autocomplete
          aria-label={t("cond.attribute")}
          placeholder={t("cond.attributeHint")}
          style={wide}
          value={leaf.attribute ?? ""}
          data={[
            { group: t("cond.fields"), items: catalogue.fields.map((f) => ({ value: f.name, label: f.name })) },
            { group: t("cond.attributes"), items: catalogue.attributes.map((a) => `attributes.${a}`) },
          ]}
          onChange={(attribute) => onRetyped({ ...leaf, attribute })}
        />
      );
    case "metric":
      return (
        <Select
          aria-label={t("cond.metric")}
          searchable
          allowDeselect={false}
          style={wide}
          value={leaf.metric ?? null}
          data={catalogue.metrics.map((m) => ({ value: m.name, label: label(m.name, m.label) }))}
          onChange={(metric) => metric && onRetyped({ ...leaf, metric })}
        />
      );
    case "event":
      return <EventName leaf={leaf} onChange={onChange} onRetyped={onRetyped} catalogue={catalogue} />;
    case "consent":
      return (
        <>
          <Autocomplete aria-label={t("cond.purpose")} style={wide} value={leaf.consent ?? ""} data={catalogue.purposes} onChange={(consent) => onChange({ ...leaf, consent })} />
          <Text size="sm">{t("cond.by")}</Text>
          <Autocomplete aria-label={t("cond.channel")} w={104} value={leaf.channel ?? ""} data={catalogue.channels} onChange={(channel) => onChange({ ...leaf, channel })} />
        </>
      );
    case "audience":
      return <Autocomplete aria-label={t("cond.audience")} style={wide} value={leaf.audience ?? ""} data={catalogue.audiences} onChange={(audience) => onChange({ ...leaf, audience })} />;
    case "object":
      return <Autocomplete aria-label={t("cond.object")} placeholder={t("cond.objectHint")} style={wide} value={leaf.object ?? ""} data={catalogue.objects.map((o) => o.type)} onChange={(object) => onChange({ ...leaf, object })} />;
    case "property": {
      if (scope === "objectWhere") return <Autocomplete aria-label={t("cond.objectPart")} placeholder={t("cond.objectPartHint")} style={wide} value={leaf.property ?? ""} data={partsOf(catalogue, object)} onChange={(property) => onChange(property.startsWith("days.") && leaf.value === "" ? { ...leaf, property, op: "between", value: [{ today: "P0D" }, { today: "P14D" }] } : { ...leaf, property })} />;
      const known = event ? catalogue.events.filter((e) => e.name === event) : catalogue.events;
      const names = [...new Set(known.flatMap((e) => e.properties))].sort();
      return <Autocomplete aria-label={t("cond.property")} placeholder={t("cond.propertyHint")} style={wide} value={leaf.property ?? ""} data={names} onChange={(property) => onChange({ ...leaf, property })} />;
    }
    case "context":
      return <Autocomplete aria-label={t("cond.context")} placeholder={t("cond.contextHint")} style={wide} value={leaf.context ?? ""} onChange={(context) => onChange({ ...leaf, context })} />;
    case "result":
      return (
        <Select
          aria-label={t("cond.step")}
          style={wide}
          searchable
          value={leaf.result || null}
          placeholder={t("cond.stepHint")}
          data={[...steps.map((s) => ({ value: s.id, label: s.name })), ...(leaf.result && !steps.some((s) => s.id === leaf.result) ? [leaf.result] : [])]}
          onChange={(result) => onChange({ ...leaf, result: result ?? "" })}
        />
      );
  }
}

/** What may be asked of an object: its own parts and its dates, as instants and as days; properties are written by hand. */
function partsOf(catalogue: Catalogue, type: string | undefined): string[] {
  const dates = [...new Set(catalogue.objects.flatMap((o) => (!type || o.type === type ? o.dates : [])))];
  return ["status", "product", "key", ...dates.map((d) => `days.${d}`), ...dates.map((d) => `dates.${d}`), "properties."];
}

const aggregates = ["count", "sum", "min", "max", "distinct", "first", "last"];

function EventName({ leaf, onRetyped, catalogue }: Pick<LeafProps, "leaf" | "onChange" | "catalogue"> & { onRetyped: (c: Condition) => void }) {
  const { t } = useTranslation();
  const agg = leaf.agg ?? "count";
  const properties = catalogue.events.find((e) => e.name === leaf.event)?.properties ?? [];
  return (
    <>
      <Select
        aria-label={t("cond.agg")}
        allowDeselect={false}
        w={168}
        value={agg}
        data={aggregates.map((a) => ({ value: a, label: t(`cond.agg.${a}`) }))}
        onChange={(a) => {
          const { of, ...rest } = leaf;
          const next = { ...rest, agg: a ?? "count" };
          onRetyped(a === "count" ? next : { ...next, of: of ?? (a === "first" || a === "last" ? undefined : (properties[0] ?? "")) });
        }}
      />
      {agg !== "count" && (
        <Autocomplete aria-label={t("cond.of")} placeholder={t("cond.ofHint")} w={140} value={leaf.of ?? ""} data={properties} onChange={(of) => onRetyped({ ...leaf, of: of || undefined })} />
      )}
      <Autocomplete aria-label={t("cond.event")} placeholder={t("cond.eventHint")} style={wide} value={leaf.event ?? ""} data={catalogue.events.map((e) => e.name)} onChange={(name) => onRetyped({ ...leaf, event: name })} />
    </>
  );
}

/** How far back an aggregate looks. */
function Period({ leaf, onChange, catalogue }: Pick<LeafProps, "leaf" | "onChange" | "catalogue">) {
  const { t } = useTranslation();
  const mode = leaf.within ? "within" : leaf.since !== undefined ? "since" : "ever";
  return (
    <Group gap={6} mt={6} align="center">
      <Select
        aria-label={t("cond.period")}
        allowDeselect={false}
        w={168}
        value={mode}
        data={["ever", "within", "since"].map((m) => ({ value: m, label: t(`cond.period.${m}`) }))}
        onChange={(m) => {
          onChange({ ...leaf, within: m === "within" ? "P30D" : undefined, since: m === "since" ? "" : undefined });
        }}
      />
      {mode === "within" && <DurationInput hideLabel label={t("cond.period")} value={leaf.within} onChange={(within) => onChange({ ...leaf, within: within ?? "P30D" })} />}
      {mode === "since" && <Autocomplete aria-label={t("cond.sinceEvent")} style={wide} value={leaf.since ?? ""} data={catalogue.events.map((e) => e.name)} onChange={(since) => onChange({ ...leaf, since })} />}
    </Group>
  );
}
