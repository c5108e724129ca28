type Rect = { x: number; y: number; width: number; height: number };

/** How large the overview is, which covers the canvas at the right below. */
export const overview = { width: 140, height: 96 };
const edge = 8;

/**
 * How far the canvas has to move so that a box (in pixels of the canvas) is seen: nothing when it is, just so far that the next
 * one is seen, too, when it is near, and "middle" when it is far away or too small to be read.
 */
export function bringInto(box: Rect, frame: { width: number; height: number }, zoom: number): { x: number; y: number } | "middle" | null {
  const covered = box.x + box.width > frame.width - overview.width - 24;
  const bottom = frame.height - (covered ? overview.height + 24 : edge);
  if (box.x >= 0 && box.y >= 0 && box.x + box.width <= frame.width && box.y + box.height <= bottom) return null;
  const near = box.x > -box.width && box.x < frame.width && box.y > -3 * box.height && box.y < frame.height + 2 * box.height;
  if (!near || zoom < 0.6) return "middle";
  const into = (from: number, size: number, to: number, pad: number) => (from < 0 ? pad - from : from + size > to ? to - pad - size - from : 0);
  return { x: into(box.x, box.width, frame.width, 16), y: into(box.y, box.height, bottom, Math.min(box.height, bottom / 4)) };
}
