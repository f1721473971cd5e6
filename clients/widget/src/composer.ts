import { h, icon } from "./dom.ts";
import { ARROW_UP, CROSS, QUOTE, SQUARE } from "./icons.ts";
import type { SectionList } from "./section_list.ts";
import type { Texts } from "./texts/texts.ts";

const LONGEST_SELECTION = 8000;

interface Listeners {
  ask(question: string, selected: string): void;
  stop(): void;
}

/** The field for a question, with the sections found while typing, and the text that the reader selected. */
export class Composer {
  readonly element: HTMLFormElement;
  readonly input: HTMLInputElement;
  readonly #texts: Texts;
  readonly #sections: SectionList;
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #quote = h("div", { class: "quote", part: "selection", hidden: true });
  #selected = "";

  constructor(texts: Texts, sections: SectionList, listeners: Listeners) {
    this.#texts = texts;
    this.#sections = sections;
    this.input = sections.input;
    this.#send = h("button", { class: "round primary", part: "ask", "aria-label": texts("ask") }, icon(ARROW_UP));
    this.#stop = h(
      "button",
      { class: "round stop", part: "stop", type: "button", hidden: true, "aria-label": texts("stop"), click: listeners.stop },
      icon(SQUARE),
    );
    const field = h("div", { class: "field", part: "field" }, this.input, this.#send, this.#stop);
    this.element = h("form", { class: "composer", part: "composer" }, sections.element, this.#quote, field);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(listeners);
    });
  }

  setBusy(isBusy: boolean): void {
    const hadFocus = this.element.getRootNode() instanceof ShadowRoot && this.#hasFocus();
    this.#send.hidden = isBusy;
    this.#stop.hidden = !isBusy;
    if (hadFocus) this.input.focus();
  }

  setEnabled(isEnabled: boolean): void {
    this.input.disabled = this.#send.disabled = !isEnabled;
  }

  /** Shows the selected text with a button that adds it to the next question. */
  offer(text: string): void {
    if (text === "" || this.#selected !== "") return;
    const take = h(
      "button",
      { class: "quiet", type: "button", click: () => this.attach(text) },
      icon(QUOTE),
      this.#texts("selection.ask"),
    );
    this.#showQuote(take, text);
  }

  /** Adds the selected text to the next question. */
  attach(text: string): void {
    this.#selected = text.slice(0, LONGEST_SELECTION);
    this.#showQuote(h("strong", {}, this.#texts("selection.label")), text);
    this.input.placeholder = this.#texts("placeholder.selection");
    this.input.focus();
  }

  detach(): void {
    this.#selected = "";
    this.#quote.hidden = true;
    this.#quote.replaceChildren();
    this.input.placeholder = this.#texts("placeholder");
  }

  #showQuote(label: HTMLElement, text: string): void {
    const remove = h(
      "button",
      {
        class: "small",
        type: "button",
        "aria-label": this.#texts("selection.remove"),
        click: () => (this.detach(), this.input.focus()),
      },
      icon(CROSS),
    );
    this.#quote.replaceChildren(label, remove, h("q", { dir: "auto" }, text));
    this.#quote.hidden = false;
  }

  #submit(listeners: Listeners): void {
    const question = this.input.value.trim();
    if (question === "" || !this.#stop.hidden) return;
    const selected = this.#selected;
    this.input.value = "";
    this.#sections.close();
    this.detach();
    listeners.ask(question, selected);
  }

  #hasFocus(): boolean {
    const root = this.element.getRootNode() as ShadowRoot;
    return root.activeElement === this.#stop || root.activeElement === this.#send;
  }
}
