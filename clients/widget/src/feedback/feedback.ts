import type { Answer, Client, FeedbackReason } from "glossator-client";
import { h } from "../dom.ts";
import { type Texts, textsIn } from "../texts/texts.ts";
import css from "./feedback.css";
import { en, type Key } from "./texts/en.ts";
import { ur } from "./texts/ur.ts";

type Rating = "up" | "down";

const REASONS: readonly FeedbackReason[] = [
  "incorrect",
  "not_what_i_asked",
  "slow_or_buggy",
  "style_or_tone",
  "safety_or_legal",
  "other",
];
const LONGEST_NOTE = 1000;

export interface FeedbackOptions {
  readonly client: Client;
  /** Those of the component; the form has its own. */
  readonly texts: Texts;
  readonly answer: Answer;
  /** Offered with a thumb down; null where the book names no support. */
  support(): HTMLElement | null;
  /** The server has stored the rating, or deleted it. */
  stored(rating: Rating | null): void;
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Loaded when a reader rates an answer. */
export function createFeedback(options: FeedbackOptions, root: ShadowRoot): FeedbackForm {
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  return new FeedbackForm(options);
}

/**
 * The form below an answer. The rating is sent at once, so that it counts without a reason; sending the form replaces
 * it, and withdrawing deletes it.
 */
export class FeedbackForm {
  readonly element = h("form", { class: "feedback", part: "feedback" });
  readonly #options: FeedbackOptions;
  readonly #texts: Texts<Key>;
  readonly #said = h("p", { class: "said", role: "status" });
  readonly #note: HTMLTextAreaElement;
  #rating: Rating = "up";
  #citation: number | undefined;

  constructor(options: FeedbackOptions) {
    this.#options = options;
    this.#texts = textsIn<Key>({ en, ur }, options.texts.lang);
    this.#note = h("textarea", { rows: 2, maxlength: LONGEST_NOTE, name: "note", dir: "auto" });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send(true);
    });
  }

  async open(rating: Rating, citation?: number): Promise<void> {
    this.#rating = rating;
    this.#citation = citation;
    this.#render();
    this.element.querySelector<HTMLElement>("input, textarea")?.focus();
    this.element.scrollIntoView({ block: "nearest" });
    await this.#send(false);
  }

  #render(): void {
    const texts = this.#texts;
    const title: Key = this.#citation === undefined ? `title.${this.#rating}` : "title.citation";
    this.element.replaceChildren(
      h("p", { class: "title" }, texts(title, { n: this.#citation ?? "" })),
      this.#rating === "down" && this.#citation === undefined ? this.#reasons() : "",
      h("label", {}, texts("note"), this.#note),
      h(
        "div",
        { class: "buttons" },
        h("button", { class: "primary", type: "submit" }, texts("send")),
        h("button", { class: "quiet", type: "button", click: () => void this.#withdraw() }, texts("withdraw")),
        (this.#rating === "down" && this.#options.support()) || "",
      ),
      this.#said,
    );
    this.#said.textContent = "";
  }

  #reasons(): HTMLElement {
    const texts = this.#texts;
    const choices = REASONS.map((reason) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "reason", value: reason }),
        h("span", {}, texts(`${reason}`)),
      ),
    );
    return h("fieldset", {}, h("legend", {}, texts("reason")), h("div", { class: "choices" }, ...choices));
  }

  async #send(isComplete: boolean): Promise<void> {
    const reason = new FormData(this.element).get("reason") as FeedbackReason | null;
    const sent = await this.#post({
      rating: this.#rating,
      citation: this.#citation,
      reason: reason ?? (this.#citation === undefined ? undefined : "incorrect"),
      comment: this.#note.value.trim() || undefined,
    });
    if (sent && isComplete) this.#close(this.#rating, "sent");
  }

  async #withdraw(): Promise<void> {
    if (await this.#post({ rating: null })) this.#close(null, "withdrawn");
  }

  /** Leaves one line; after sending, with a button to change it. */
  #close(rating: Rating | null, said: Key): void {
    const texts = this.#texts;
    const change = (): void => {
      this.#render();
      this.#note.focus();
    };
    this.#said.textContent = texts(said);
    this.element.replaceChildren(
      this.#said,
      rating ? h("button", { class: "quiet", type: "button", click: change }, texts("change")) : "",
    );
  }

  async #post(feedback: Omit<Parameters<Client["feedback"]>[0], "message_id" | "request_id">): Promise<boolean> {
    const { client, texts, answer } = this.#options;
    const about = answer.message_id ? { message_id: answer.message_id } : { request_id: answer.request_id };
    try {
      await client.feedback({ ...about, ...feedback });
      this.#options.stored(feedback.rating);
      return true;
    } catch {
      this.#said.textContent = texts("feedback.failed");
      this.#said.scrollIntoView({ block: "nearest" });
      return false;
    }
  }
}
