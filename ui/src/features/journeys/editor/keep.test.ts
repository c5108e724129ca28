import { describe, expect, it } from "vitest";
import { keeper } from "./keep";

describe("keeper", () => {
  const step = { deep: { er: { still: 1 } } };
  const node = (id: string, x = 0, s: unknown = step) => ({ id, position: { x, y: 0 }, data: { node: { kind: "step", step: s } } });

  it("hands out the same objects while nothing changes, and a new one for what did", () => {
    const keep = keeper<ReturnType<typeof node>>();
    const [a, b] = keep([node("a"), node("b")]);
    const again = keep([node("a"), node("b", 5)]);
    expect(again[0]).toBe(a);
    expect(again[1]).not.toBe(b);
    expect(again[1]?.position.x).toBe(5);
  });

  it("takes a step that was edited for a new one, and forgets what is gone", () => {
    const keep = keeper<ReturnType<typeof node>>();
    const [a] = keep([node("a")]);
    const edited = keep([node("a", 0, structuredClone(step))]);
    expect(edited[0]).not.toBe(a);
    keep([]);
    expect(keep(edited)[0]).toBe(edited[0]);
  });
});
