import { useEffect, useLayoutEffect, useRef } from "react";

/** Does something when the page is left for another one of the app; it sees what was true last. */
export function useLeaving(leave: () => void) {
  const latest = useRef(leave);
  useLayoutEffect(() => {
    latest.current = leave;
  });
  useEffect(() => () => latest.current(), []);
}
