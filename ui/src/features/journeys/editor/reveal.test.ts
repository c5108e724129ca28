import { expect, test } from "vitest";
import { bringInto } from "./reveal";

const frame = { width: 800, height: 600 };
const box = (x: number, y: number) => ({ x, y, width: 200, height: 80 });

test("the canvas moves only for what is not seen, and then no further than to the next step", () => {
  expect(bringInto(box(100, 100), frame, 1)).toBeNull();
  expect(bringInto(box(100, 560), frame, 1)).toEqual({ x: 0, y: 592 - 80 - 80 - 560 });
  expect(bringInto(box(100, -90), frame, 1)).toEqual({ x: 0, y: 80 + 90 });
  expect(bringInto(box(-50, 100), frame, 1)).toEqual({ x: 66, y: 0 });
});

test("what lies under the overview is not seen", () => {
  expect(bringInto(box(590, 500), frame, 1)).toEqual({ x: 0, y: 480 - 80 - 80 - 500 });
});

test("what is far away, or could not be read, comes to the middle", () => {
  expect(bringInto(box(100, 5000), frame, 1)).toBe("middle");
  expect(bringInto(box(100, 590), frame, 0.3)).toBe("middle");
});
