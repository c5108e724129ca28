import { expect, test } from "vitest";
import { cardView } from "./picture";

test("a card shows the whole width of its journey, however wide", () => {
  for (const picture of [{ left: 0, width: 300, tall: 900 }, { left: -40, width: 1500, tall: 400 }]) {
    const view = cardView(picture);
    expect(view.x).toBeLessThanOrEqual(picture.left);
    expect(view.x + view.width).toBeGreaterThanOrEqual(picture.left + picture.width);
    expect(view.y).toBeLessThanOrEqual(0);
    expect(view.height / view.width).toBeCloseTo(500 / 680, 2);
  }
});
