import type { Citation, Suggestion } from "glossator-client";

const MOST = 3;

/** Loaded suggestions whose section or page the answer cites, the cited sections first. */
export function followUps(
  question: string,
  citations: readonly Citation[],
  suggestions: readonly Suggestion[],
): readonly string[] {
  const sections = new Set(citations.map(({ url }) => sectionOf(url)));
  const pages = new Set(citations.map(({ url }) => pageOf(url)));
  const others = suggestions.filter((one) => normal(one.question) !== normal(question));
  const bySection = others.filter(({ url }) => sections.has(sectionOf(url)));
  const byPage = others.filter(({ url }) => pages.has(pageOf(url)));
  return [...new Set([...bySection, ...byPage].map((one) => one.question))].slice(0, MOST);
}

/** Without the text fragment. */
function sectionOf(url: string): string {
  return pageOf(url) + (/#([^:]*)/.exec(url)?.[0] ?? "");
}

function pageOf(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function normal(question: string): string {
  return question.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}
