import { Badge, Group, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import type { Entry } from "../document";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "../steps";
import type { StepCounts } from "./canvas";
import type { GraphNode } from "./graph-model";

export type NodeData = {
  node: GraphNode;
  entry: Entry;
  counts: StepCounts | undefined;
  entered: number;
  selected: boolean;
  onSelect: (id: string | undefined) => void;
  [key: string]: unknown;
};

/** One box: what it does, how many wait here and how many have passed. A button, so that Tab and Enter reach every step. */
export const JourneyNode = memo(function JourneyNode({ id, data }: NodeProps<Node<NodeData>>) {
  const { t, i18n } = useTranslation();
  const { node, counts } = data;
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
  const summary = isStep ? stepSummary(node.step, t, i18n.language) : entrySummary(data.entry, t);
  const passed = isStep ? Object.values(counts?.exits ?? {}).reduce((a, b) => a + b, 0) : data.entered;
  const waiting = counts?.waiting ?? 0;
  return (
    <>
      {isStep && <Handle type="target" position={Position.Top} isConnectable={false} />}
      <UnstyledButton
        className="so-node nopan"
        data-step-id={id}
        data-selected={data.selected}
        aria-pressed={data.selected}
        onClick={() => data.onSelect(id)}
        style={{ padding: "10px 12px", minHeight: 84, display: "block" }}
      >
        <Group gap={8} wrap="nowrap" align="center">
          <span style={{ color: "var(--mantine-primary-color-filled)", display: "inline-flex" }}>{isStep ? stepIcon(node.step.kind) : entryIcon}</span>
          <Text size="sm" fw={650} truncate style={{ flex: 1 }}>
            {title}
          </Text>
          {!!counts?.issues && <IconAlertTriangle size={16} color="var(--mantine-color-red-7)" aria-label={t("canvas.issues", { count: counts.issues })} />}
        </Group>
        <Text size="xs" className="so-dim" lineClamp={1} title={summary} mt={2}>
          {summary}
        </Text>
        <Group gap={6} mt={6}>
          {isStep && waiting > 0 && (
            <Badge size="sm" variant="filled" color="sojourn.8">
              {t("canvas.here", { n: formatNumber(waiting, i18n.language) })}
            </Badge>
          )}
          {passed > 0 && (
            <Text size="xs" className="so-dim">
              {t(isStep ? "canvas.passed" : "canvas.entered", { n: formatNumber(passed, i18n.language) })}
            </Text>
          )}
        </Group>
      </UnstyledButton>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
});
