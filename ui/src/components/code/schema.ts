import type { Schema } from "../../api/types";

export type SettingsSchema = Schema<"SettingsSchema">;

/** How a setting is asked for. */
export type Asked = "switch" | "number" | "choice" | "choices" | "duration" | "date" | "time" | "reference" | "references" | "text" | "texts" | "numbers" | "group" | "json";

const references = ["template", "offer", "audience"];
const isNumber = (s: SettingsSchema | undefined) => s?.type === "integer" || s?.type === "number";

/** What kind of field fits a setting. What no field fits is asked for as JSON, so that nothing can't be set. */
export function asked(s: SettingsSchema): Asked {
  switch (s.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      if (s.enum && s.enum.length > 0) return "choice";
      if (s.format === "duration" || s.format === "date" || s.format === "time") return s.format;
      return references.includes(s.format ?? "") ? "reference" : "text";
    case "array":
      if (isNumber(s.items)) return "numbers";
      if (s.items?.type !== "string") return "json";
      if (s.items.enum && s.items.enum.length > 0) return "choices";
      return references.includes(s.items.format ?? "") ? "references" : "texts";
    case "object":
      return s.properties && Object.keys(s.properties).length > 0 ? "group" : "json";
    default:
      return "json";
  }
}

/** The settings of an object in the order in which the code declares them. */
export function fieldsOf(s: SettingsSchema | undefined): [string, SettingsSchema][] {
  const all = s?.properties ?? {};
  const order = s?.["x-order"] ?? Object.keys(all);
  return order.flatMap((name) => (all[name] ? [[name, all[name]] as [string, SettingsSchema]] : []));
}

/** What a setting is called: its title, or its name made readable. */
export function labelOf(name: string, s: SettingsSchema): string {
  if (s.title) return s.title;
  const words = name
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The message about a setting, or about anything in it when it has a single field for all of it. */
export function errorAt(errors: Record<string, string>, path: string, inside: boolean): string | undefined {
  if (errors[path]) return errors[path];
  if (!inside) return undefined;
  const below = Object.keys(errors).find((p) => p.startsWith(`${path}[`) || p.startsWith(`${path}.`));
  return below && errors[below];
}

/** Sets one setting; undefined takes it back to its default. */
export function withSetting(settings: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  const next = { ...settings };
  if (value === undefined) delete next[name];
  else next[name] = value;
  return next;
}
