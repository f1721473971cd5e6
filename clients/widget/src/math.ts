import temml from "temml";

/** Loaded when an answer contains a formula: MathML of a TeX formula. */
export function toMathML(tex: string, display: boolean): string {
  return temml.renderToString(tex, { displayMode: display });
}
