import type { Section } from "glossator-client";
import { h } from "../dom.ts";
import { formatTime } from "../problems.ts";
import type { Texts } from "../texts/texts.ts";
import type { ShownAnswer } from "../turn.ts";
import { type BookLinks, linkTo } from "./links.ts";

/** How the answer came about and how far it is proven: quiet lines below it. */
export function notes(answer: ShownAnswer, texts: Texts, links: BookLinks): HTMLElement[] {
  const lines = [modeLine(answer, texts), doubtLine(answer, texts), searchLine(answer, texts)];
  const shown = lines.filter((line) => line !== null).map((line) => h("p", { class: "note", part: "note" }, line));
  return answer.nearest?.length ? [...shown, nearest(answer.nearest, texts, links)] : shown;
}

function modeLine({ mode, reason, citations, budget }: ShownAnswer, texts: Texts): string | null {
  if (!mode) return null;
  if (mode === "generated") return texts("mode.generated");
  const values = { time: budget ? formatTime(budget.resets_at, texts) : "" };
  const why = reason ? texts(`reason.${reason}`, values) : "";
  return mode === "extractive" && citations.length > 0 ? `${texts("mode.extractive")} ${why}` : why;
}

function doubtLine({ grounding }: ShownAnswer, texts: Texts): string | null {
  return grounding?.sentences.some((one) => one.verdict !== "supported") ? texts("doubt") : null;
}

function searchLine({ retrieval, reason }: ShownAnswer, texts: Texts): string | null {
  return retrieval === "keywords" && !reason ? texts("keywords") : null;
}

function nearest(sections: readonly Section[], texts: Texts, links: BookLinks): HTMLElement {
  const items = sections.map(({ title, url }) =>
    h("li", {}, h("a", { dir: "auto", ...linkTo(links.resolve(url)) }, title)),
  );
  return h("div", { class: "nearest" }, h("p", { class: "note" }, texts("nearest")), h("ul", {}, ...items));
}
