import { startTransition, useEffect, useRef, useState } from "react";

/**
 * A value that follows another one: at once, or, while `ms` is given, when it has not changed for so long. Drawing the whole
 * journey, or the form of a step, is kept out of the frame of a key stroke this way.
 */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, settle] = useState(value);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const follow = () => startTransition(() => settle(() => value));
    if (ms === 0) return follow();
    const timer = setTimeout(follow, ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
