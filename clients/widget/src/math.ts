import temml from "temml";

/** A formula with macros that grow without end is refused. */
const LIMITS = { maxExpand: 200, maxSize: [20, 100] as [number, number] };

/** Loaded when an answer contains a formula: MathML nodes of a TeX formula. Throws for what is not TeX. */
export function toMathML(tex: string, display: boolean): Node {
  const options = { displayMode: display, throwOnError: true, trust: false, ...LIMITS };
  return (temml.__renderToMathMLTree(tex, options) as { toNode(): Node }).toNode();
}
