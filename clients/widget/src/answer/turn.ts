import type { Citation, Problem, Suggestion } from "glossator-client";
import { h, icon } from "../dom.ts";
import { loadPart } from "../parts.ts";
import type { ShownAnswer, TurnOptions, TurnView } from "../turn.ts";
import { AnswerBody } from "./body.ts";
import { copyButton } from "./copy.ts";
import { directionOf } from "./direction.ts";
import { BookLinks } from "./links.ts";
import type { Load } from "./markdown/formula.ts";
import type { Context } from "./markdown/inline.ts";
import { notes } from "./notes.ts";
import { Preview } from "./preview.ts";
import { type Cited, labelOf, Proof } from "./proof.ts";
import { copyText, sourcesList } from "./sources.ts";

const THUMB = "M7 11v9H3v-9zM7 11l4-8c1.5 0 2.5 1 2.5 2.5V9H19c1 0 2 1 1.8 2l-1.3 7.5c-.2 1-1 1.5-2 1.5H7";

export function createTurn(options: TurnOptions): TurnView {
  return new Turn(options);
}

class Turn implements TurnView {
  readonly element: HTMLElement;
  readonly #options: TurnOptions;
  readonly #links: BookLinks;
  readonly #body: AnswerBody;
  readonly #status: HTMLElement;
  readonly #after = h("div", { class: "after" });
  #thumbs: readonly HTMLButtonElement[] = [];

  constructor(options: TurnOptions) {
    const { client, texts, question, selected } = options;
    this.#options = options;
    this.element = h("article", { class: "turn", part: "turn", "aria-label": question });
    this.#links = new BookLinks(client.backend, options.book ?? (() => null));
    this.#body = new AnswerBody(this.#context());
    this.#status = h("p", { class: "status", part: "status", dir: "auto" }, texts("searching"));
    this.element.append(
      h("h3", { class: "question", part: "question", dir: directionOf(question) }, question),
      ...(selected ? [h("blockquote", { class: "selected", dir: "auto" }, selected)] : []),
      this.#body.element,
      this.#status,
      this.#after,
    );
    this.#setState("waiting");
  }

  get spoken(): string {
    const text = this.#body.element.cloneNode(true) as HTMLElement;
    for (const unspoken of text.querySelectorAll(".chip, .bar")) unspoken.remove();
    for (const block of text.querySelectorAll("p, li, h4, pre, th, td")) block.append("\n");
    return (text.textContent ?? "").trim();
  }

  sources(citations: readonly Citation[]): void {
    this.#links.allow(citations);
    this.#body.cite(citations);
    if (citations.length > 0) this.#status.textContent = this.#options.texts("reading", { count: citations.length });
  }

  delta(text: string): void {
    if (this.element.dataset["state"] === "waiting") this.#setState("writing");
    this.#body.append(text);
  }

  async final(answer: ShownAnswer): Promise<void> {
    this.#links.allow([...answer.citations, ...(answer.nearest ?? [])]);
    await this.#body.replace(answer.response, answer.citations, answer.grounding);
    this.#setState("done");
    this.#after.replaceChildren(...this.#afterAnswer(answer));
  }

  fail(problem: Problem): void {
    const { texts, actions } = this.#options;
    this.#setState(problem.code === "stopped" ? "stopped" : "failed");
    this.#status.textContent = problem.detail;
    void this.#body.complete();
    const retry = h("button", { type: "button", part: "button", click: () => actions.retry() }, texts("retry"));
    this.#after.replaceChildren(retry);
  }

  rated(rating: "up" | "down" | null): void {
    for (const thumb of this.#thumbs) thumb.setAttribute("aria-pressed", String(thumb.dataset["rating"] === rating));
  }

  #setState(state: "waiting" | "writing" | "done" | "stopped" | "failed"): void {
    this.element.dataset["state"] = state;
    this.#body.element.setAttribute("aria-busy", String(state === "waiting" || state === "writing"));
    this.#status.hidden = state === "writing" || state === "done";
  }

  #context(): Context {
    const { texts } = this.#options;
    const preview = new Preview(this.element);
    const chip = (cited: Cited): HTMLElement => {
      const label = texts("source", { n: cited.citation.n, label: labelOf(cited.citation) });
      return preview.chip(cited, this.#links.resolve(cited.url), label);
    };
    const load = ((part: "code" | "math") => loadPart(part, this.#host())) as Load;
    return { texts, links: this.#links, load, proof: new Proof([]), chip };
  }

  #host(): Element {
    const root = this.element.getRootNode();
    return root instanceof ShadowRoot ? root.host : this.element;
  }

  #afterAnswer(answer: ShownAnswer): Node[] {
    const { texts, actions } = this.#options;
    const { citations } = answer;
    const sources = citations.length > 0 ? [sourcesList(citations, texts, this.#links, actions.rate)] : [];
    return [...notes(answer, texts, this.#links), ...sources, this.#bar(answer), ...this.#askNext(answer.follow_ups ?? [])];
  }

  #bar(answer: ShownAnswer): HTMLElement {
    const { texts, actions } = this.#options;
    const text = (): string => copyText(answer.response, answer.citations, texts, this.#links);
    this.#thumbs = [this.#thumb("up"), this.#thumb("down")];
    return h(
      "div",
      { class: "bar", role: "group", "aria-label": texts("answer.actions") },
      copyButton(texts, text, "copy.answer"),
      h("button", { type: "button", class: "quiet", part: "button", click: () => actions.retry() }, texts("retry")),
      ...this.#thumbs,
    );
  }

  #thumb(rating: "up" | "down"): HTMLButtonElement {
    const { texts, actions } = this.#options;
    const attributes = {
      type: "button",
      class: `quiet thumb ${rating}`,
      part: "button",
      "data-rating": rating,
      "aria-pressed": "false",
      "aria-label": texts(`thumb.${rating}`),
      title: texts(`thumb.${rating}`),
      click: () => actions.rate(rating),
    };
    return h("button", attributes, icon(THUMB));
  }

  #askNext(questions: readonly Suggestion[]): Node[] {
    const { texts, actions } = this.#options;
    if (questions.length === 0) return [];
    const buttons = questions.map(({ question }) =>
      h("button", { type: "button", part: "suggestion", dir: "auto", click: () => actions.ask(question) }, question),
    );
    const attributes = { class: "next", role: "group", "aria-label": texts("ask-next") };
    return [h("div", attributes, h("p", { class: "note" }, texts("ask-next")), ...buttons)];
  }
}
