import { Box, Paper, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../lib/format";
import { byDay, type Day, dayKey, type Entry, step, volumeOf } from "./days";
import { Line, useReach } from "./line";

type Props = { weeks: Day[][]; entries: Entry[]; tall: boolean; turn: (n: number) => void };

/** Weeks as a sheet. One day is in the order of tabs; the arrows go to the others, Page Up and Page Down turn the page. */
export function Sheet({ weeks, entries, tall, turn }: Props) {
  const { t, i18n } = useTranslation();
  const reach = useReach();
  const days = byDay(entries);
  const today = dayKey(new Date());
  const flat = weeks.flat();
  const [chosen, setChosen] = useState<string | null>(null);
  const current = flat.find((d) => d.key === chosen) ?? flat.find((d) => d.key === today) ?? flat.find((d) => d.inMonth);
  const table = useRef<HTMLTableElement>(null);
  const name = (d: Date, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(i18n.language, options).format(d);
  const onKeyDown = (e: KeyboardEvent<HTMLTableElement>) => {
    if (!(e.target instanceof HTMLTableCellElement) || e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.key === "PageUp" || e.key === "PageDown") {
      e.preventDefault();
      return turn(e.key === "PageUp" ? -1 : 1);
    }
    const to = flat[step(flat.findIndex((d) => d.key === current?.key), e.key, flat.length)];
    if (!to) return;
    e.preventDefault();
    setChosen(to.key);
    table.current?.querySelector<HTMLElement>(`[data-day="${to.key}"]`)?.focus();
  };
  return (
    <Paper withBorder style={{ overflow: "hidden" }}>
      <Table ref={table} role="grid" layout="fixed" withColumnBorders aria-label={t("nav.calendar")} aria-description={t("cal.keys")} onKeyDown={onKeyDown}>
        <Table.Thead>
          <Table.Tr>
            {weeks[0]?.map((d) => (
              <Table.Th key={d.key} abbr={name(d.date, { weekday: "long" })}>
                {name(d.date, { weekday: "short" })}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {weeks.map((week) => (
            <Table.Tr key={week[0]?.key}>
              {week.map((d) => {
                const list = days.get(d.key) ?? [];
                const volume = volumeOf(list);
                return (
                  <Table.Td
                    key={d.key}
                    h={tall ? 360 : 96}
                    style={{ verticalAlign: "top" }}
                    data-day={d.key}
                    tabIndex={d.key === current?.key ? 0 : -1}
                    onFocus={(e) => e.target === e.currentTarget && setChosen(d.key)}
                    aria-current={d.key === today ? "date" : undefined}
                  >
                    <Text component="time" dateTime={d.key} size="sm" fw={d.key === today ? 700 : 400} td={d.key === today ? "underline" : undefined} className={d.inMonth ? undefined : "so-dim"}>
                      <span aria-hidden>{d.date.getDate()}</span>
                      <VisuallyHidden>{t("cal.day", { count: list.length, n: list.length, day: name(d.date, { weekday: "long", day: "numeric", month: "long" }) })}</VisuallyHidden>
                    </Text>
                    <Stack gap={tall ? 8 : 2} mt={2}>
                      {list.map((e, i) => (
                        <Box key={`${e.kind} ${e.key} ${e.at} ${i}`} style={{ fontSize: tall ? 13 : 12, overflowWrap: "anywhere" }}>
                          <Line entry={e} />
                          {reach(e) && (
                            <Text size="xs" className="so-dim" component="div">
                              {reach(e)}
                            </Text>
                          )}
                        </Box>
                      ))}
                    </Stack>
                    {list.length > 1 && volume > 0 && (
                      <Text size="xs" className="so-dim" mt={4}>
                        {t("cal.volume", { count: volume, n: formatNumber(volume, i18n.language) })}
                      </Text>
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
