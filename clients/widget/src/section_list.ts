import type { Client, Passage } from "glossator-client";
import { BookLinks, linkTo } from "./answer/links.ts";
import { h } from "./dom.ts";
import { excerpt, highlighted } from "./excerpt.ts";
import type { Texts } from "./texts/texts.ts";

const PAUSE = 150;
const SHOWN = 6;
const SHORTEST = 2;

/** A combobox: the sections of the book that fit what the reader has typed so far. Focus stays in the field. */
export class SectionList {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
  readonly #client: Client;
  readonly #texts: Texts;
  readonly #links: BookLinks;
  readonly #list: HTMLElement;
  readonly #status = h("p", { class: "hint" });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #search = new AbortController();

  constructor(client: Client, texts: Texts, life: AbortSignal) {
    this.#client = client;
    this.#texts = texts;
    this.#links = new BookLinks(client.backend, () => null);
    this.#list = h("div", { id: "sections", role: "listbox", part: "sections", "aria-label": texts("sections") });
    this.element = h("div", { class: "sections", hidden: true }, this.#list, this.#status);
    this.input = this.#makeInput();
    this.#status.setAttribute("role", "status");
    life.addEventListener("abort", () => this.close());
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#search.abort();
    this.element.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#select(null);
  }

  #makeInput(): HTMLInputElement {
    return h("input", {
      type: "text",
      role: "combobox",
      name: "query",
      maxlength: 4000,
      autocomplete: "off",
      enterkeyhint: "send",
      dir: "auto",
      part: "input",
      placeholder: this.#texts("placeholder"),
      "aria-label": this.#texts("placeholder"),
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-controls": "sections",
      input: (event: InputEvent) => event.isComposing || this.#typed(),
      compositionend: () => this.#typed(),
      keydown: (event: KeyboardEvent) => this.#pressed(event),
      blur: (event: FocusEvent) => this.element.contains(event.relatedTarget as Node | null) || this.close(),
    });
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#search.abort();
    const query = this.input.value.trim();
    if (query.length < SHORTEST) this.close();
    else this.#timer = setTimeout(() => void this.#find(query), PAUSE);
  }

  /** A failed search shows nothing: the reader can still ask, and then learns why. */
  async #find(query: string): Promise<void> {
    this.#search = new AbortController();
    const { signal } = this.#search;
    try {
      const found = await this.#client.search(query, { mode: "words", limit: SHOWN, signal });
      if (!signal.aborted) this.#show(found.passages, query);
    } catch {
      if (!signal.aborted) this.close();
    }
  }

  #show(passages: readonly Passage[], query: string): void {
    this.#select(null);
    this.#list.replaceChildren(...passages.map((passage, at) => this.#option(passage, at, query)));
    this.#list.hidden = passages.length === 0;
    this.element.hidden = false;
    this.element.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-expanded", String(passages.length > 0));
    this.#status.replaceChildren(
      h("span", { class: passages.length ? "hidden" : "" }, this.#found(passages.length)),
      passages.length > 0 ? h("span", { "aria-hidden": "true" }, this.#texts("sections.hint")) : "",
    );
  }

  #found(count: number): string {
    return count === 0 ? this.#texts("sections.none") : this.#texts("sections.found", { count });
  }

  #option({ title, heading, url, text }: Passage, at: number, query: string): HTMLElement {
    return h(
      "a",
      { role: "option", id: `section-${at}`, part: "section", tabindex: -1, dir: "auto", ...linkTo(this.#links.resolve(url)) },
      h("span", { class: "name" }, ...highlighted(heading || title, query)),
      heading !== "" && heading !== title && h("span", { class: "page" }, title),
      h("span", { class: "excerpt" }, ...highlighted(excerpt(text, query), query)),
    );
  }

  #pressed(event: KeyboardEvent): void {
    if (this.element.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") this.#move(1);
    else if (event.key === "ArrowUp") this.#move(-1);
    else if (event.key === "Enter" && this.#selected) this.#selected.click();
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get #selected(): HTMLElement | null {
    return this.#list.querySelector("[aria-selected=true]");
  }

  /** Past either end nothing is selected, so that Enter asks the question. */
  #move(by: 1 | -1): void {
    const options = [...this.#list.querySelectorAll<HTMLElement>("[role=option]")];
    const from = this.#selected ? options.indexOf(this.#selected) : by === 1 ? -1 : options.length;
    this.#select(options[from + by] ?? null);
  }

  #select(option: HTMLElement | null): void {
    this.#selected?.removeAttribute("aria-selected");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }
}
