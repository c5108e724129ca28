import { Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";

/** Names and values in two columns. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "minmax(110px, 40%) 1fr", gap: "6px 12px", margin: 0 }}>
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt>
            <Text size="sm" className="so-dim">
              {name}
            </Text>
          </dt>
          <dd style={{ margin: 0, minWidth: 0, overflowWrap: "anywhere" }}>
            <Text size="sm" component="div">
              {value}
            </Text>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
