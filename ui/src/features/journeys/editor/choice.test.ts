import { act, renderHook } from "@testing-library/react";
import { createElement } from "react";
import { expect, test } from "vitest";
import { ChoiceContext, newChoice, severalOf, useIsChosen } from "./choice";
import { useSettled } from "./settle";

test("choosing another step draws two boxes and no other", () => {
  const store = newChoice();
  const drawn: Record<string, number> = {};
  const wrapper = ({ children }: { children: React.ReactNode }) => createElement(ChoiceContext, { value: store }, children);
  for (const id of ["a", "b", "c"])
    renderHook(
      () => {
        drawn[id] = (drawn[id] ?? 0) + 1;
        return useIsChosen(id);
      },
      { wrapper },
    );
  act(() => store.put(["a"]));
  act(() => store.put(["b"], { reveal: "b", walking: true }));
  expect(drawn).toEqual({ a: 3, b: 2, c: 1 });
  expect(store.get()).toMatchObject({ focus: "b", reveal: { id: "b" }, walking: true });
});

test("React Flow hears of a choice only when there are several", () => {
  const store = newChoice();
  store.put(["a"]);
  const one = severalOf(store.get());
  store.put(["b"]);
  expect(severalOf(store.get())).toBe(one);
  store.put(["a", "b"]);
  expect([...severalOf(store.get())]).toEqual(["a", "b"]);
  expect(store.get().focus).toBe("@entry");
});

test("what takes long to draw waits while somebody types, and follows an edit at once", async () => {
  const { result, rerender } = renderHook(({ value, ms }) => useSettled(value, ms), { initialProps: { value: "a", ms: 30 } });
  rerender({ value: "ab", ms: 30 });
  expect(result.current).toBe("a");
  await expect.poll(() => result.current).toBe("ab");
  await act(async () => rerender({ value: "new step", ms: 0 }));
  expect(result.current).toBe("new step");
});
