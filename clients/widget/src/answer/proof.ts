import type { Citation, Grounding, Verdict } from "glossator-client";

/** A citation as one number of the answer shows it: with the quotes for the sentences before it. */
export interface Cited {
  readonly citation: Citation;
  readonly quotes: readonly string[];
  /** Opens the book at the first of them. */
  readonly url: string;
}

export interface Doubt {
  readonly start: number;
  readonly end: number;
  readonly verdict: Exclude<Verdict, "supported">;
}

/** What proves which part of an answer. Positions are UTF-16 code units of its response. */
export class Proof {
  readonly doubts: readonly Doubt[];
  readonly #citations: ReadonlyMap<number, Citation>;

  constructor(citations: readonly Citation[], grounding?: Grounding) {
    this.#citations = new Map(citations.map((citation) => [citation.n, citation]));
    this.doubts = (grounding?.sentences ?? []).filter((one): one is Doubt & typeof one => one.verdict !== "supported");
  }

  /** For the number `n` at this position, behind another one at `since`. Null where nothing was cited under it. */
  cited(n: number, position: number, since: number): Cited | null {
    const citation = this.#citations.get(n);
    if (!citation) return null;
    const before = (citation.quotes ?? []).filter(({ claim }) => claim.start <= position);
    const ordered = before.sort((one, other) => one.claim.start - other.claim.start);
    const covered = ordered.filter(({ claim }) => claim.start >= since);
    const shown = covered.length > 0 ? covered : ordered.slice(-1);
    const quotes = shown.length > 0 ? [...new Set(shown.map(({ text }) => text))] : [citation.quote];
    return { citation, quotes, url: shown[0]?.url ?? citation.url };
  }

  /** The text cut where a doubt begins or ends. */
  cut(text: string, start: number): { text: string; start: number; doubt: Doubt | null }[] {
    const end = start + text.length;
    const edges = this.doubts.flatMap((doubt) => [doubt.start, doubt.end]).filter((edge) => edge > start && edge < end);
    const starts = [...new Set([start, ...edges])].sort((one, other) => one - other);
    return starts.map((from, at) => ({
      text: text.slice(from - start, (starts[at + 1] ?? end) - start),
      start: from,
      doubt: this.doubts.find((doubt) => doubt.start <= from && from < doubt.end) ?? null,
    }));
  }
}

/** The title, and the heading where it says more. */
export function labelOf({ title, heading }: Pick<Citation, "title" | "heading">): string {
  return heading === "" || heading === title ? title : `${title} › ${heading}`;
}

const NUMBERS = /\[(\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*)\]/g;

/** The parts of a text: its words, and the numbers of each group such as [1] or [1, 3–5]. */
export function* numberedParts(text: string): Generator<{ text: string; start: number; numbers: number[] }> {
  let start = 0;
  for (const found of text.matchAll(NUMBERS)) {
    if (found.index > start) yield { text: text.slice(start, found.index), start, numbers: [] };
    yield { text: found[0], start: found.index, numbers: membersOf(found[1] ?? "") };
    start = found.index + found[0].length;
  }
  if (start < text.length) yield { text: text.slice(start), start, numbers: [] };
}

function membersOf(group: string): number[] {
  return group.split(/[,;]/).flatMap((part) => {
    const [first = 0, last = first] = part.split(/[\u2013-]/).map(Number);
    return Array.from({ length: Math.max(0, Math.min(last - first, 99) + 1) }, (_, more) => first + more);
  });
}
