import { Box, Button, Group, Paper, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

export type Column<T> = { key: string; title: string; render: (row: T) => ReactNode; align?: "left" | "right"; width?: number | string };
type Props<T> = {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  empty: ReactNode;
  more?: (() => void) | undefined;
  loadingMore?: boolean | undefined;
};

/** A plain accessible table over server pages: "show more" fetches the next one. It scrolls sideways on narrow screens. */
export function DataTable<T>({ label, columns, rows, rowKey, empty, more, loadingMore }: Props<T>) {
  const { t } = useTranslation();
  if (rows.length === 0) return <Paper withBorder>{empty}</Paper>;
  return (
    <Paper withBorder style={{ overflow: "hidden" }}>
      <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={label}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover miw={560} aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((c) => (
                <Table.Th key={c.key} ta={c.align ?? "left"} w={c.width} style={{ whiteSpace: "nowrap" }}>
                  {c.title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={rowKey(row)}>
                {columns.map((c) => (
                  <Table.Td key={c.key} ta={c.align ?? "left"}>
                    {c.render(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
      {more && (
        <Group justify="center" p="sm">
          <Button variant="default" size="xs" onClick={more} loading={loadingMore ?? false}>
            {t("common.more")}
          </Button>
        </Group>
      )}
    </Paper>
  );
}
