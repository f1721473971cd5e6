import { en, type Key } from "./en.ts";
import { ur } from "./ur.ts";

export type { Key };

/** A language is added here and in a file of its own; `en` shows its keys. */
const DICTIONARIES: Dictionaries<Key> = { en, ur };

type Dictionaries<Keys extends string> = Readonly<Record<string, Readonly<Record<Keys | "dir", string>>>>;
type Values = Readonly<Record<string, string | number>>;

/** The texts of one language. `texts("stop")`, or `texts("title", { title })` for a text with values. */
export interface Texts<Keys extends string = Key> {
  (key: Keys, values?: Values): string;
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
}

/** The component's texts. */
export function textsOf(tag: string): Texts {
  return textsIn<Key>(DICTIONARIES, tag);
}

/** The language of the tag (`ur-PK` finds `ur`), or English. */
export function textsIn<Keys extends string>(dictionaries: Dictionaries<Keys>, tag: string): Texts<Keys> {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  const lang = Object.hasOwn(dictionaries, language) ? language : "en";
  const dictionary = dictionaries[lang] as Readonly<Record<Keys | "dir", string>>;
  const dir = dictionary.dir as Texts["dir"];
  const isolated = (value: string | number): string => (dir === "rtl" ? `\u2068${value}\u2069` : String(value));
  const text = (key: Keys, values: Values = {}): string =>
    dictionary[key].replace(/\{(\w+)\}/g, (whole, name: string) => isolated(values[name] ?? whole));
  return Object.assign(text, { lang, dir });
}
