import type { Config } from "glossator-client";
import { h } from "./dom.ts";
import type { Texts } from "./texts/texts.ts";

/** A link to the people behind the book: `{question}` and `{page}` in the operator's template are filled in. */
export function supportLink(config: Config | null, question: string, page: string, texts: Texts): HTMLElement | null {
  const template = config?.support_url;
  if (!template) return null;
  const values: Readonly<Record<string, string>> = { question, page };
  const href = template.replace(/\{(question|page)\}/g, (_: string, name: string) => encodeURIComponent(values[name] ?? ""));
  if (!/^(https?|mailto):/i.test(href)) return null;
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, texts("support"));
}
