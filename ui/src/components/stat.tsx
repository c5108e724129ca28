import { Group, Paper, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = { label: string; value: string; hint?: string; change?: { text: string; up: boolean } | undefined; icon?: ReactNode; onClick?: () => void };

/** One number with its name; the definition is on hover, the change is against the week before. */
export function Stat({ label, value, hint, change, icon, onClick }: Props) {
  const body = (
    <Paper withBorder p="md" h="100%">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Tooltip label={hint} disabled={!hint} multiline maw={280}>
          <Text size="sm" className="so-dim">
            {label}
          </Text>
        </Tooltip>
        <span className="so-dim" aria-hidden>
          {icon}
        </span>
      </Group>
      <Text fz={26} fw={650} lh={1.2} mt={4}>
        {value}
      </Text>
      {change && (
        <Group gap={4} mt={2} wrap="nowrap">
          {change.up ? <IconArrowUpRight size={14} aria-hidden /> : <IconArrowDownRight size={14} aria-hidden />}
          <Text size="xs" className="so-dim">
            {change.text}
          </Text>
        </Group>
      )}
    </Paper>
  );
  return onClick ? (
    <UnstyledButton onClick={onClick} w="100%" h="100%">
      {body}
    </UnstyledButton>
  ) : (
    body
  );
}
