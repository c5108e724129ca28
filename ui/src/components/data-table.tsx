import { Box, Button, Checkbox, Group, Paper, Table } from "@mantine/core";
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
  choosing?: Choosing<T> | undefined;
};

/** Rows that can be chosen, by their keys; `name` says which row a box is for, `can` whether it may be chosen. */
export type Choosing<T> = { chosen: ReadonlySet<string>; onChange: (chosen: ReadonlySet<string>) => void; all: string; name: (row: T) => string; can?: (row: T) => boolean };

/** A plain accessible table over server pages: "show more" fetches the next one. It scrolls sideways on narrow screens. */
export function DataTable<T>({ label, columns, rows, rowKey, empty, more, loadingMore, choosing }: Props<T>) {
  const { t } = useTranslation();
  const can = rows.filter((r) => !choosing?.can || choosing.can(r)).map(rowKey);
  const every = can.length > 0 && can.every((k) => choosing?.chosen.has(k));
  if (rows.length === 0) return <Paper withBorder>{empty}</Paper>;
  return (
    <Paper withBorder style={{ overflow: "hidden" }}>
      <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={label}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover miw={560} aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {choosing && (
                <Table.Th w={40}>
                  <Checkbox aria-label={choosing.all} checked={every} indeterminate={!every && can.some((k) => choosing.chosen.has(k))} disabled={can.length === 0} onChange={() => choosing.onChange(new Set(every ? [] : can))} />
                </Table.Th>
              )}
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
                {choosing && (
                  <Table.Td>
                    <Checkbox
                      aria-label={choosing.name(row)}
                      checked={choosing.chosen.has(rowKey(row))}
                      disabled={!can.includes(rowKey(row))}
                      onChange={(e) => {
                        const next = new Set(choosing.chosen);
                        if (e.currentTarget.checked) next.add(rowKey(row));
                        else next.delete(rowKey(row));
                        choosing.onChange(next);
                      }}
                    />
                  </Table.Td>
                )}
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
