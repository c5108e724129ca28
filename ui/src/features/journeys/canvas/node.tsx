import { Group, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { type CSSProperties, memo } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import type { Entry } from "../document";
import { DropOff, heatOf, type StepNumbers, StepNumbersRow } from "../numbers";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "../steps";
import type { Tone } from "../versions-paint";
import type { GraphNode } from "./graph-model";

export type NodeData = {
  node: GraphNode;
  entry: Entry;
  numbers: StepNumbers | undefined;
  overlay: { journeyKey: string; version: number; entered: number; heat: boolean } | undefined;
  issues: number;
  tone: Tone | undefined;
  selected: boolean;
  onSelect: (id: string | undefined) => void;
  [key: string]: unknown;
};

/** One box: what it does, and its numbers. A button, so that Tab and Enter reach every step; the numbers are buttons beside it. */
export const JourneyNode = memo(function JourneyNode({ id, data }: NodeProps<Node<NodeData>>) {
  const { t, i18n } = useTranslation();
  const { node, numbers, overlay, tone } = data;
  if (node.kind === "end") {
    return (
      <div className="so-node" style={{ width: 96, padding: "6px 10px", textAlign: "center", borderStyle: "dashed" }}>
        <Handle type="target" position={Position.Top} isConnectable={false} />
        <Text size="sm" className="so-dim">
          {t("canvas.end")}
        </Text>
      </div>
    );
  }
  const isStep = node.kind === "step";
  const title = isStep ? node.step.name || t(`kind.${node.step.kind}`) : t("canvas.entry");
  const summary = isStep ? stepSummary(node.step, t, i18n.language) : entrySummary(data.entry, t, i18n.language);
  const heat = heatOf(numbers, overlay?.heat ?? false);
  return (
    <div className="so-node" data-selected={data.selected} data-heat={heat > 0 || undefined} data-tone={tone} style={{ "--so-heat": heat, minHeight: 84 } as CSSProperties}>
      {isStep && <Handle type="target" position={Position.Top} isConnectable={false} />}
      <UnstyledButton
        className="nopan"
        data-step-id={id}
        data-selected={data.selected}
        aria-pressed={data.selected}
        aria-label={tone ? `${t(`diff.${tone}`)}: ${title}` : undefined}
        onClick={() => data.onSelect(id)}
        style={{ padding: "8px 12px 2px", minHeight: numbers ? 50 : 82, width: "100%", display: "block" }}
      >
        <Group gap={8} wrap="nowrap" align="center">
          <span style={{ color: "var(--mantine-primary-color-filled)", display: "inline-flex" }}>{isStep ? stepIcon(node.step.kind) : entryIcon}</span>
          <Text size="sm" fw={650} truncate style={{ flex: 1 }}>
            {title}
          </Text>
          {overlay?.heat && <DropOff numbers={numbers} />}
          {tone && <span className="so-tone" data-tone={tone} aria-hidden>{toneMark[tone]}</span>}
          {data.issues > 0 && <IconAlertTriangle size={16} color="var(--mantine-color-red-7)" aria-label={t("canvas.issues", { count: data.issues })} />}
        </Group>
        <Text size="xs" className="so-dim" lineClamp={1} title={summary} mt={2}>
          {summary}
        </Text>
        {!isStep && overlay && (
          <Text size="xs" className="so-dim" mt={6}>
            {t("canvas.entered", { n: formatNumber(overlay.entered, i18n.language) })}
          </Text>
        )}
      </UnstyledButton>
      {isStep && numbers && overlay && <StepNumbersRow numbers={numbers} name={title} journeyKey={overlay.journeyKey} version={overlay.version} />}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
});

export const toneMark = { added: "+", removed: "−", changed: "~" } as const;
