import { type Dictionary, en, type Key } from "./en.ts";
import { ur } from "./ur.ts";

export type { Key };

/** A language is added here and in a file of its own; `en` shows its keys. */
const DICTIONARIES: Readonly<Record<string, Dictionary>> = { en, ur };

/** The texts of one language. `texts("stop")`, or `texts("title", { title })` for a text with values. */
export interface Texts {
  (key: Key, values?: Readonly<Record<string, string | number>>): string;
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
}

/** The language of the tag (`ur-PK` finds `ur`), or English. */
export function textsOf(tag: string): Texts {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  const lang = Object.hasOwn(DICTIONARIES, language) ? language : "en";
  const dictionary = DICTIONARIES[lang] ?? en;
  const text = (key: Key, values: Readonly<Record<string, string | number>> = {}): string =>
    dictionary[key].replace(/\{(\w+)\}/g, (whole, name: string) => isolated(values[name] ?? whole));
  const dir = dictionary["dir"] === "rtl" ? "rtl" : "ltr";
  const isolated = (value: string | number): string => (dir === "rtl" ? `\u2068${value}\u2069` : String(value));
  return Object.assign(text, {
    lang,
    dir: dir as Texts["dir"],
  });
}
