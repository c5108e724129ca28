import { IconRoute, IconSpeakerphone } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { RouterAnchor } from "../../components/link";
import { formatNumber } from "../../lib/format";
import type { Entry } from "./days";

/** How many people an entry goes or went to, in words; empty when nobody knows. */
export function useReach() {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  return (e: Entry) => (e.recipients > 0 ? n(e.recipients) : e.expected > 0 ? t("cal.about", { n: n(e.expected) }) : "");
}

/** The hour, the kind (as icon and word) and the name, which leads there. */
export function Line({ entry: e }: { entry: Entry }) {
  const { t, i18n } = useTranslation();
  const label = t(`cal.kind.${e.kind}`);
  const state = t(`bc.state.${e.paused ? "paused" : e.state}`);
  const Icon = e.kind === "journey" ? IconRoute : IconSpeakerphone;
  return (
    <span title={`${label} · ${state}`}>
      <time dateTime={e.at}>{new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(new Date(e.at))}</time>{" "}
      <Icon size={13} role="img" aria-label={`${label}, ${state}`} style={{ verticalAlign: "-2px" }} />{" "}
      {e.kind === "journey" ? (
        <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: e.key }} inherit underline="always">
          {e.name}
        </RouterAnchor>
      ) : (
        <RouterAnchor to="/broadcasts/$broadcastKey" params={{ broadcastKey: e.key }} inherit underline="always">
          {e.name}
        </RouterAnchor>
      )}
    </span>
  );
}
