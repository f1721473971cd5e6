import { h } from "../../dom.ts";
import { usePart } from "../later.ts";
import type { Formula } from "./lexer.ts";

type Math = typeof import("../../math.ts");

/** Loads the parts of the component that few answers need. */
export interface Load {
  (part: "code"): Promise<typeof import("../../code.ts")>;
  (part: "math"): Promise<Math>;
}

/** A longer formula stays TeX. */
const MAX_TEX = 2000;

/** The formula as TeX, and as MathML once the part for it is loaded. */
export function formula({ raw, tex, display }: Formula, load: Load): HTMLElement {
  const scrolls = display ? { tabindex: 0, role: "group", "aria-label": tex } : {};
  const element = h("span", { class: display ? "formula display" : "formula", dir: "ltr", ...scrolls }, raw.trim());
  if (tex.length <= MAX_TEX) {
    const show = (part: Math): void => element.replaceChildren(part.toMathML(tex, display));
    usePart(load("math"), show).catch(() => element.classList.add("plain"));
  }
  return element;
}
