import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import fr from "./fr.json";
import nl from "./nl.json";

export const languages = [
  { code: "en", name: "English" },
  { code: "nl", name: "Nederlands" },
  { code: "fr", name: "Français" },
] as const;

const STORED = "sojourn.language";

/** The language chosen before, else the first of the browser's that we have, else English. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): string {
  const codes = languages.map((l) => l.code as string);
  if (stored && codes.includes(stored)) return stored;
  return browser.map((b) => b.slice(0, 2).toLowerCase()).find((b) => codes.includes(b)) ?? "en";
}

export function chooseLanguage(code: string) {
  localStorage.setItem(STORED, code);
  document.documentElement.lang = code;
  void i18next.changeLanguage(code);
}

const lng = preferredLanguage(localStorage.getItem(STORED), navigator.languages);
document.documentElement.lang = lng;
void i18next.use(initReactI18next).init({
  lng,
  fallbackLng: "en",
  resources: { en: { translation: en }, nl: { translation: nl }, fr: { translation: fr } },
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  returnNull: false,
});

export default i18next;
