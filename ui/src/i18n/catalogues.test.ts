import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "./en.json";
import fr from "./fr.json";
import { preferredLanguage } from "./index";
import nl from "./nl.json";

const catalogues = { en, nl, fr } as Record<string, Record<string, string>>;

test("every language has the same keys, and no text is empty", () => {
  const keys = Object.keys(en).sort();
  for (const [name, texts] of Object.entries(catalogues)) {
    expect(Object.keys(texts).sort(), name).toEqual(keys);
    expect(Object.entries(texts).filter(([, v]) => v.trim() === ""), name).toEqual([]);
  }
});

test("a translation uses the same values as the English text", () => {
  const values = (s: string) => [...s.matchAll(/{{\w+}}/g)].map((m) => m[0]).sort();
  for (const [key, text] of Object.entries(en)) {
    for (const name of ["nl", "fr"]) expect(values(catalogues[name]?.[key] ?? ""), `${name} ${key}`).toEqual(values(text));
  }
});

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? sources(join(dir, e.name)) : /\.tsx?$/.test(e.name) && !e.name.includes(".test.") ? [join(dir, e.name)] : []));
}

test("every text that the code names is in the catalogue", () => {
  const known = new Set(Object.keys(en).map((k) => k.replace(/_(one|many|other)$/, "")));
  const prefixes = new Set(Object.keys(en).map((k) => k.split(".")[0]));
  const missing: string[] = [];
  for (const file of sources(join(process.cwd(), "src"))) {
    for (const m of readFileSync(file, "utf8").matchAll(/"([a-zA-Z]+\.[a-zA-Z0-9_]+)"/g)) {
      const key = m[1] as string;
      if (prefixes.has(key.split(".")[0]) && !/\.(read|write|publish|manage|control|redrive|work)$/.test(key) && !known.has(key)) missing.push(`${file}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});

test("the language: chosen before, else the browser's, else English", () => {
  expect(preferredLanguage("nl", ["fr"])).toBe("nl");
  expect(preferredLanguage(null, ["de-DE", "fr-BE", "en"])).toBe("fr");
  expect(preferredLanguage("xx", ["de"])).toBe("en");
});
