import type { Tokens } from "marked";
import type { lowlight } from "../../code.ts";
import { h } from "../../dom.ts";
import type { Texts } from "../../texts/texts.ts";
import { copyButton } from "../copy.ts";
import { usePart } from "../later.ts";
import type { Load } from "./formula.ts";

/** Longer code has no colours: finding them takes too long. */
const MAX_COLOURED = 10_000;

type Coloured = ReturnType<typeof lowlight.highlight>["children"][number];

/** Code with its language, a copy button and, once it is complete, colours. Always left to right. */
export function codeBlock(token: Tokens.Code, texts: Texts, load: Load, isComplete: boolean): HTMLElement {
  const language = /^[\w+#.-]{1,30}/.exec(token.lang ?? "")?.[0] ?? "";
  const code = h("code", {}, token.text);
  if (isComplete && language && token.text.length <= MAX_COLOURED) colour(code, token.text, language, load);
  return h(
    "div",
    { class: "code", part: "code", dir: "ltr" },
    h("div", { class: "bar" }, h("span", {}, language), copyButton(texts, () => token.text)),
    h("pre", { tabindex: 0, role: "group", "aria-label": texts("code", { language }) }, code),
  );
}

/** Without the part, or for a language that it does not know, the code stays as it is. */
function colour(code: HTMLElement, text: string, language: string, load: Load): void {
  const name = language.toLowerCase();
  usePart(load("code"), (part) => {
    if (part.lowlight.registered(name)) code.replaceChildren(...part.lowlight.highlight(name, text).children.map(nodeOf));
  }).catch(() => undefined);
}

function nodeOf(part: Coloured): Node {
  if (part.type !== "element") return document.createTextNode(part.type === "text" ? part.value : "");
  const names = part.properties["className"];
  const name = Array.isArray(names) ? names.join(" ") : "";
  return h("span", { class: name }, ...part.children.map(nodeOf));
}
