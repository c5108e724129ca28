import type { Position } from "../document";

/** The step next to one in a direction; the same when there is none. Sideways distance counts double, so that a line is kept. */
export function nearest(positions: Record<string, Position>, from: string, way: "up" | "down" | "left" | "right"): string {
  const at = positions[from];
  if (!at) return Object.keys(positions)[0] ?? from;
  const vertical = way === "up" || way === "down";
  const sign = way === "down" || way === "right" ? 1 : -1;
  let best = from;
  let least = Infinity;
  for (const [id, p] of Object.entries(positions)) {
    if (id === from || id === "@end") continue;
    const along = sign * (vertical ? p.y - at.y : p.x - at.x);
    const aside = Math.abs(vertical ? p.x - at.x : p.y - at.y);
    if (along < 8) continue;
    const far = along + 2 * aside;
    if (far < least) [best, least] = [id, far];
  }
  return best;
}
