import type { Citation } from "glossator-client";
import { h } from "../dom.ts";
import type { Texts } from "../texts/texts.ts";
import type { TurnActions } from "../turn.ts";
import { type BookLinks, linkTo } from "./links.ts";
import { labelOf } from "./proof.ts";

/** What the answer cites: each section with its quotes, and a button for one that proves nothing. */
export function sourcesList(
  citations: readonly Citation[],
  texts: Texts,
  links: BookLinks,
  rate: TurnActions["rate"],
): HTMLElement {
  const items = citations.map((citation) =>
    h(
      "li",
      { value: citation.n },
      h("a", { dir: "auto", ...linkTo(links.resolve(citation.url)) }, labelOf(citation)),
      ...quotesOf(citation).map(({ text, url }) =>
        h("blockquote", { dir: "auto" }, h("a", linkTo(links.resolve(url)), text)),
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          part: "button",
          "aria-label": `${texts("proves-nothing")} (${citation.n})`,
          click: () => rate("down", citation.n),
        },
        texts("proves-nothing"),
      ),
    ),
  );
  const summary = h("summary", {}, texts("sources", { count: citations.length }));
  return h("details", { class: "sources", part: "sources" }, summary, h("ol", {}, ...items));
}

/** Every sentence that proves one of the answer, once; without any, the one that fits best. */
function quotesOf({ quote, quotes, url }: Citation): readonly { text: string; url: string }[] {
  const byText = new Map((quotes ?? []).map((one) => [one.text, one]));
  return byText.size > 0 ? [...byText.values()] : [{ text: quote, url }];
}

/** The answer with its sources as Markdown, for other documents. */
export function copyText(response: string, citations: readonly Citation[], texts: Texts, links: BookLinks): string {
  if (citations.length === 0) return response;
  const lines = citations.map((one) => `[${one.n}] ${labelOf(one)}: ${links.resolve(one.url) ?? ""}`);
  return `${response.trim()}\n\n${texts("sources.copied")}\n${lines.join("\n")}\n`;
}
