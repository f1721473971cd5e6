import type { Answer, Client } from "glossator-client";
import { Composer } from "./composer.ts";
import { type Asked, Conversation } from "./conversation.ts";
import { h, icon } from "./dom.ts";
import { BOOK, CROSS, PLUS } from "./icons.ts";
import { Introduction } from "./introduction.ts";
import { Memory, type RememberedTurn } from "./memory.ts";
import { Notice } from "./notice.ts";
import { pageOf, selectedText } from "./page.ts";
import { loadPart } from "./parts.ts";
import { SectionList } from "./section_list.ts";
import { Service } from "./service.ts";
import { supportLink } from "./support.ts";
import type { Texts } from "./texts/texts.ts";
import { createTurn } from "./answer/turn.ts";

export interface ShellOptions {
  readonly host: HTMLElement;
  readonly client: Client;
  readonly texts: Texts;
  readonly life: AbortSignal;
  /** Names the account that a cookie of our own origin signs in to; empty without one. */
  readonly account: string;
  readonly hasAccount: () => boolean;
  /** Dispatches an event on the host; false when a listener prevented its default. */
  readonly dispatch: (name: string, detail?: object) => boolean;
  readonly close: () => void;
}

/** Everything inside the panel: title, conversation, notice and the field for a question. */
export class Shell {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #options: ShellOptions;
  readonly #service: Service;
  readonly #memory: Memory;
  readonly #conversation: Conversation;
  readonly #composer: Composer;
  readonly #introduction: Introduction;
  readonly #notice: Notice;
  readonly #title = h("h2", { part: "title", id: "title" });
  /** Says each finished answer once to a screen reader; the turns themselves are not announced while they grow. */
  readonly #log = h("div", { class: "hidden", role: "log" });

  constructor(options: ShellOptions) {
    const { client, texts, life, host, account } = options;
    this.#options = options;
    this.#service = new Service(client, texts.lang, life);
    this.#memory = new Memory(`${client.backend}${placeOf(host)}`, account);
    this.#conversation = new Conversation({
      client,
      texts,
      page: () => pageOf(host),
      memory: this.#memory,
      service: this.#service,
      show: (turn) => this.#showTurn(turn),
      busy: (isBusy) => this.#composer.setBusy(isBusy),
      finished: (asked, answer) => this.#finished(asked, answer),
      failed: (_asked, code) => this.#failed(code),
    });
    this.#introduction = new Introduction(client, texts, (question) => this.ask(question));
    this.#notice = new Notice(client, texts, this.#service, () => options.dispatch("sign-in"));
    this.#composer = new Composer(texts, new SectionList(client, texts, life), {
      ask: (question, selected) => this.ask(question, selected),
      stop: () => this.#conversation.stop(),
    });
    this.input = this.#composer.input;
    this.element = this.#layOut();
    this.#service.onChange(() => this.update());
    life.addEventListener("abort", () => this.#conversation.stop());
    this.#arrange();
    this.update();
  }

  /** The reader opened the component: from now on it asks the backend. */
  open(): void {
    void this.#service.open();
    if (this.#service.config?.book.loaded === false) void this.#service.check();
    if (this.#conversation.isEmpty) void this.#conversation.restore();
    this.#arrange();
    this.#composer.offer(selectedText(this.#options.host));
  }

  ask(question: string, selected = ""): void {
    this.#options.dispatch("question", { question, page: pageOf(this.#options.host) });
    void this.#conversation.ask(question, selected);
    this.#arrange();
    this.input.focus();
  }

  attach(selected: string): void {
    this.#composer.attach(selected);
  }

  clear(): void {
    this.#conversation.clear();
    this.#composer.detach();
    this.#arrange();
    this.input.focus();
  }

  /** The page of the reader has changed, or is shown for the first time. */
  showPage(): void {
    const { host } = this.#options;
    if (this.#service.state.kind !== "ready" || host.getAttribute("suggestions") === "none") return;
    void this.#introduction.suggest(pageOf(host));
  }

  update(): void {
    const { texts, hasAccount } = this.#options;
    const { config, state } = this.#service;
    const title = config?.book.title;
    this.#title.textContent = title ? texts("title", { title }) : texts("title.none");
    if (config) this.#introduction.describe(config, hasAccount());
    this.#composer.setEnabled(this.#notice.update(state, hasAccount()));
    this.element.dataset["state"] = state.kind;
    this.element.toggleAttribute("data-unrated", config?.feedback.kept === false);
    this.showPage();
  }

  #layOut(): HTMLElement {
    const { texts, close } = this.#options;
    const button = (part: "new" | "close", path: string, click: () => void): HTMLElement =>
      h("button", { class: "round", part, type: "button", "aria-label": texts(part), title: texts(part), click }, icon(path));
    return h(
      "div",
      { class: "shell", lang: texts.lang, dir: texts.dir },
      h(
        "div",
        { part: "header" },
        icon(BOOK),
        this.#title,
        button("new", PLUS, () => this.clear()),
        button("close", CROSS, close),
      ),
      h(
        "div",
        { class: "scroller", part: "conversation", role: "region", "aria-label": texts("conversation"), tabindex: 0 },
        this.#introduction.element,
        this.#conversation.element,
      ),
      this.#log,
      this.#notice.element,
      this.#composer.element,
    );
  }

  #showTurn(turn: RememberedTurn): Asked {
    const { client, texts } = this.#options;
    const view = createTurn({
      question: turn.question,
      selected: turn.selected,
      texts,
      client,
      book: () => this.#service.config?.book.url ?? null,
      actions: {
        retry: () => void this.#conversation.retry(asked),
        ask: (next) => this.ask(next),
        rate: (rating, citation) => void this.#rate(asked, rating, citation),
      },
    });
    const asked: Asked = { remembered: turn, view };
    return asked;
  }

  async #rate(asked: Asked, rating: "up" | "down", citation?: number): Promise<void> {
    const { answer, question } = asked.remembered;
    if (!answer) return;
    asked.view.element.querySelector(".feedback")?.remove();
    const { client, host, texts } = this.#options;
    try {
      const part = await loadPart("feedback", host);
      const stored = (given: "up" | "down" | null): void => {
        asked.view.rated(given);
        this.#options.dispatch("feedback", { rating: given });
      };
      const options = { client, texts, answer, stored, support: () => this.#support(question) };
      const form = part.createFeedback(options, host.shadowRoot as ShadowRoot);
      placeAfterAnswer(asked, form.element);
      await form.open(rating, citation);
    } catch {
      placeAfterAnswer(asked, h("p", { class: "feedback", role: "alert" }, texts("feedback.failed")));
    }
  }

  #finished(asked: Asked, answer: Answer): void {
    const { texts, dispatch } = this.#options;
    this.#log.replaceChildren(h("p", {}, texts("announce.answer", { text: asked.view.spoken })));
    if (answer.mode === "declined") this.#offerSupport(asked);
    dispatch("answer", { mode: answer.mode, reason: answer.reason, request_id: answer.request_id });
  }

  #offerSupport(asked: Asked): void {
    const link = this.#support(asked.remembered.question);
    if (link) placeAfterAnswer(asked, h("p", { class: "support" }, this.#options.texts("support.declined"), " ", link));
  }

  #support(question: string): HTMLElement | null {
    return supportLink(this.#service.config, question, pageOf(this.#options.host), this.#options.texts);
  }

  #failed(code: string): void {
    if (code === "invalid_token" || code === "token_expired") this.#notice.askToSignIn();
    this.#options.dispatch("error", { code });
  }

  /** The introduction makes room for the conversation. */
  #arrange(): void {
    this.#introduction.element.hidden = !this.#conversation.isEmpty;
    this.element.toggleAttribute("data-empty", this.#conversation.isEmpty);
  }
}

/** Several components of a page keep their conversations apart: by their id, or by their order. The first has none. */
function placeOf(host: HTMLElement): string {
  const at = [...document.querySelectorAll(host.localName)].indexOf(host);
  return host.id || at > 0 ? `#${host.id || at}` : "";
}

/** Below the answer's buttons, above the questions that lead on. */
function placeAfterAnswer({ view: { element } }: Asked, added: HTMLElement): void {
  const next = element.querySelector(".next");
  if (next) next.before(added);
  else element.append(added);
}
