import { Skeleton, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { RouterAnchor } from "../../../components/link";
import { formatNumber } from "../../../lib/format";
import type { Need } from "./api";
import { type Counts, needId } from "./words";

/** What a blueprint needs, and how much of it is here; what is missing leads to how to send it. */
export function Needs({ needs, counts, blueprintKey }: { needs: Need[]; counts: Counts; blueprintKey?: string }) {
  const { t, i18n } = useTranslation();
  return (
    <ul aria-label={t("blueprints.needs")} style={{ listStyle: "none", margin: 0, padding: 0 }}>
      {needs.map((n) => {
        const count = counts.get(needId(n));
        const name = { name: (n.name ?? "").replace(/^attributes\./, ""), n: n.orders ?? 0, channel: t(`channel.${n.name}`, { defaultValue: n.name ?? "" }), date: n.date ?? "" };
        return (
          <li key={needId(n)} style={{ display: "flex", gap: 6, alignItems: "flex-start", marginBottom: 4 }}>
            {count === undefined && <Skeleton height={14} width="70%" my={3} />}
            {count !== undefined && (count > 0 ? <IconCircleCheck size={16} color="var(--mantine-color-green-8)" style={{ flexShrink: 0, marginTop: 2 }} aria-hidden /> : <IconCircleDashed size={16} className="so-dim" style={{ flexShrink: 0, marginTop: 2 }} aria-hidden />)}
            {count !== undefined && (
              <Text size="sm" component="span">
                {count > 0 ? t(`blueprints.here.${n.kind}`, { ...name, count, shown: formatNumber(count, i18n.language) }) : t(`blueprints.missing.${n.kind}`, name)}
                {count === 0 && blueprintKey && n.kind !== "scores" && (
                  <>
                    {" "}
                    <RouterAnchor to="/blueprints/$blueprintKey" params={{ blueprintKey }} hash="needs" size="sm" underline="always">
                      {t("blueprints.how")}
                    </RouterAnchor>
                  </>
                )}
              </Text>
            )}
          </li>
        );
      })}
    </ul>
  );
}
