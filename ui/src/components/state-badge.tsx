import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

// Colour never stands alone: the word is always there. Light variants with dark text keep AA contrast in both schemes.
const colours: Record<string, string> = {
  published: "teal",
  open: "blue",
  accepted: "teal",
  rewarded: "teal",
  refused: "gray",
  reversed: "red",
  settling: "blue",
  granted: "teal",
  finished: "teal",
  done: "teal",
  active: "teal",
  draft: "gray",
  planned: "gray",
  scheduled: "blue",
  collecting: "blue",
  sending: "blue",
  missed: "orange",
  claimed: "blue",
  handing_over: "blue",
  deferred: "yellow",
  paused: "yellow",
  pending: "yellow",
  unknown: "orange",
  skipped: "gray",
  expired: "gray",
  cancelled: "gray",
  stopped: "red",
  rejected: "red",
  failed: "red",
  withdrawn: "red",
  archived: "gray",
  closed: "gray",
  revoked: "gray",
};

/** The state of a journey, run, send, permission or key as a word in its colour. */
export function StateBadge({ state, label }: { state: string; label?: string }) {
  const { t } = useTranslation();
  return (
    <Badge variant="outline" color={colours[state] ?? "gray"} styles={{ root: { textTransform: "none", fontWeight: 600, minWidth: "max-content" }, label: { color: "var(--mantine-color-text)" } }}>
      {label ?? t(`state.${state}`, { defaultValue: state })}
    </Badge>
  );
}
