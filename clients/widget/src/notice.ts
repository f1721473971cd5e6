import type { Client, Config } from "glossator-client";
import { h } from "./dom.ts";
import { formatTime } from "./problems.ts";
import type { Service, State } from "./service.ts";
import type { Texts } from "./texts/texts.ts";

interface Said {
  readonly text: string;
  readonly action?: HTMLElement;
  /** Whether questions can be asked meanwhile. */
  readonly canAsk: boolean;
}

/** What hinders the reader, or will: the backend's state in one sentence, with what can be done about it. */
export class Notice {
  readonly element = h("div", { class: "notice", part: "notice", role: "status", hidden: true });
  readonly #client: Client;
  readonly #texts: Texts;
  readonly #service: Service;
  readonly #signIn: () => boolean;

  /** `signIn` asks the host page, and returns whether the reader should follow the link to the book's own page. */
  constructor(client: Client, texts: Texts, service: Service, signIn: () => boolean) {
    this.#client = client;
    this.#texts = texts;
    this.#service = service;
    this.#signIn = signIn;
  }

  /** Returns whether questions can be asked. */
  update(state: State, hasAccount: boolean): boolean {
    const said = this.#say(state, hasAccount);
    this.element.hidden = said === null;
    this.element.dataset["state"] = state.kind;
    this.element.replaceChildren(...(said ? [h("p", {}, said.text), ...(said.action ? [said.action] : [])] : []));
    return said?.canAsk ?? true;
  }

  /** The reader's session has ended. */
  askToSignIn(): void {
    this.element.hidden = false;
    this.element.replaceChildren(h("p", {}, this.#texts("sign-in.again")), this.#signInLink());
  }

  #say(state: State, hasAccount: boolean): Said | null {
    const texts = this.#texts;
    switch (state.kind) {
      case "offline":
        return { text: texts("offline"), canAsk: true };
      case "waking":
        return { text: texts("waking"), canAsk: true };
      case "unreachable":
        return { text: texts("unreachable"), action: this.#retryButton(), canAsk: true };
      case "refused":
        return { text: this.#refusal(), canAsk: false };
      case "ready":
        return this.#sayReady(state.config, hasAccount);
      default:
        return null;
    }
  }

  #sayReady({ book, auth, budget }: Config, hasAccount: boolean): Said | null {
    const texts = this.#texts;
    if (book.loaded === false) return { text: texts("empty"), canAsk: false };
    if (auth.mode === "required" && !hasAccount) {
      return { text: texts("sign-in.needed"), action: this.#signInLink(), canAsk: false };
    }
    const until = budget.spent.map((cap) => cap.resets_at).sort().at(-1);
    return until ? { text: texts("budget.spent", { time: formatTime(until, texts) }), canAsk: true } : null;
  }

  /** Developers see on their own machine what to change, and in the console everywhere. */
  #refusal(): string {
    const line = `CORS_ALLOWED_ORIGINS=${location.origin}`;
    console.error(`glossator-chat: ${this.#client.backend} refuses this page's origin. Add it on the server: ${line}`);
    const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
    return isLocal ? this.#texts("refused.local", { line }) : this.#texts("refused");
  }

  #retryButton(): HTMLElement {
    return h("button", { class: "quiet", type: "button", click: () => void this.#service.open() }, this.#texts("retry"));
  }

  /** The component has no field for a password: on another origin, the host page's scripts could read it. */
  #signInLink(): HTMLElement {
    const { href, host, origin } = new URL(`${this.#client.backend}/sign-in`);
    const follow = (event: Event): void => {
      if (!this.#signIn()) event.preventDefault();
    };
    const target = origin === location.origin && window.top === window ? null : "_blank";
    return h("a", { href, target, rel: "noopener", click: follow }, this.#texts("sign-in", { host }));
  }
}
