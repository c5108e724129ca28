import { useTranslation } from "react-i18next";
import { StateBadge } from "../../components/state-badge";
import { type Offer, standing } from "./api";

const looks = { active: "active", paused: "paused", archived: "archived", coming: "planned", over: "expired", empty: "unknown" } as const;

/** Whether an offer is given now, as a word. */
export function Standing({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const s = standing(offer, new Date());
  return <StateBadge state={looks[s]} label={t(`offerState.${s}`)} />;
}
