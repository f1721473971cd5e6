import { h } from "./dom.ts";

const LENGTH = 120;
const BLOCKS = /^(```|~~~|:::).*$|^\|[-:| ]+\|$/gm;
const MARKS = /!?\[([^\]]*)\]\([^)]*\)|[*_`#>|$]+|^[-+] /gm;
/** Shorter words are mostly grammar. */
const TELLING = 4;

/** The part of a passage around the first word of the query, without Markdown's marks. */
export function excerpt(markdown: string, query: string): string {
  const text = markdown.replace(BLOCKS, " ").replace(MARKS, "$1").replace(/\s+/g, " ").trim();
  const found = text.search(wordsOf(query));
  const start = found > LENGTH / 2 ? text.indexOf(" ", found - LENGTH / 3) + 1 : 0;
  const end = start + LENGTH < text.length ? text.lastIndexOf(" ", start + LENGTH) : text.length;
  return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}

/** The text with the words of the query marked; the last word may be unfinished. */
export function highlighted(text: string, query: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let from = 0;
  for (const found of text.matchAll(wordsOf(query))) {
    parts.push(text.slice(from, found.index), h("mark", {}, found[0]));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

function wordsOf(query: string): RegExp {
  const all = query.match(/[\p{L}\p{N}]{2,}/gu) ?? [];
  const telling = all.filter((word) => word.length >= TELLING);
  const words = telling.length ? telling : all;
  return words.length ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu") : /$^/g;
}
