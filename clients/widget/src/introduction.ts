import type { Client, Config, Suggestion } from "glossator-client";
import { h } from "./dom.ts";
import type { Texts } from "./texts/texts.ts";

const STARTERS = 4;

/** Who answers, who receives the question and what is stored; and questions to begin with. */
export class Introduction {
  readonly element = h("div", { class: "introduction", part: "introduction" });
  readonly #client: Client;
  readonly #texts: Texts;
  readonly #ask: (question: string) => void;
  readonly #about = h("div", { class: "about", part: "about" });
  readonly #questions = h("div", { class: "questions", part: "suggestions" });
  #page = "";
  #loading = new AbortController();

  constructor(client: Client, texts: Texts, ask: (question: string) => void) {
    this.#client = client;
    this.#texts = texts;
    this.#ask = ask;
    this.element.append(this.#about, this.#questions);
  }

  describe(config: Config, hasAccount: boolean): void {
    const texts = this.#texts;
    const receivers = [new URL(this.#client.backend).host, ...(config.question_hosts ?? [])];
    const hosts = new Intl.ListFormat(texts.lang).format(receivers);
    const kept = config.kept.map(({ detail }) => h("li", {}, detail));
    this.#about.replaceChildren(
      h(
        "p",
        {},
        `${texts(`about.${config.answers}`)} ${texts(hasAccount ? "about.host.account" : "about.host", { hosts })} ${(!hasAccount && config.kept[0]?.detail) || ""}`,
      ),
      h(
        "details",
        {},
        h("summary", {}, texts("about.more")),
        h("ul", {}, h("li", {}, texts("about.tab")), ...kept),
      ),
    );
  }

  /** Loads the questions of the page and the starters, once for each page. Without them nothing is missing. */
  async suggest(page: string): Promise<void> {
    if (page === this.#page) return;
    this.#page = page;
    this.#loading.abort();
    const { signal } = (this.#loading = new AbortController());
    const [ofPage, starters] = await Promise.all([
      this.#client.suggestions({ page, limit: 3, signal }).catch(() => []),
      this.#client.suggestions({ signal }).catch(() => []),
    ]);
    if (!signal.aborted) this.#show(ofPage, starters);
  }

  #show(ofPage: readonly Suggestion[], starters: readonly Suggestion[]): void {
    const known = new Set(ofPage.map(({ question }) => question));
    const others = starters.filter(({ question }) => !known.has(question));
    this.#questions.replaceChildren(
      ...this.#group("suggestions.page", ofPage),
      ...this.#group("suggestions.start", others.slice(0, STARTERS)),
    );
  }

  #group(title: "suggestions.page" | "suggestions.start", suggestions: readonly Suggestion[]): HTMLElement[] {
    if (suggestions.length === 0) return [];
    const buttons = suggestions.map(({ question }) =>
      h(
        "li",
        {},
        h("button", { class: "suggestion", part: "suggestion", dir: "auto", click: () => this.#ask(question) }, question),
      ),
    );
    return [h("h3", {}, this.#texts(title)), h("ul", {}, ...buttons)];
  }
}
