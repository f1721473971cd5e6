import { Client } from "glossator-client";
import answerCss from "./answer/answer.css";
import { h, icon } from "./dom.ts";
import { listenToHotkeys } from "./hotkeys.ts";
import { BOOK } from "./icons.ts";
import { onNavigation } from "./page.ts";
import { backendOf } from "./parts.ts";
import { selectionButton } from "./selection.ts";
import { Shell } from "./shell.ts";
import css from "./style.css";
import { textsOf } from "./texts/texts.ts";

/** Servers that render a page import this file where no HTMLElement exists. */
const Base = typeof HTMLElement === "undefined" ? (class {} as typeof HTMLElement) : HTMLElement;

const PHONE = "(max-width: 480px)";

/** `<glossator-chat>`: asks the book at the address in the attribute `backend`, or at the script's own address. */
export class GlossatorChat extends Base {
  static readonly observedAttributes = ["backend", "inline", "lang", "page"];

  #client: Client | null = null;
  #token: string | null = null;
  #shell: Shell | null = null;
  #panel: HTMLElement | null = null;
  #launcher: HTMLButtonElement | null = null;
  #life = new AbortController();
  #before: HTMLElement | null = null;

  get client(): Client {
    this.#client ??= new Client({ backend: backendOf(this) });
    this.#client.setToken(this.#token);
    return this.#client;
  }

  get isInline(): boolean {
    return this.hasAttribute("inline");
  }

  connectedCallback(): void {
    this.#life = new AbortController();
    this.#render();
    listenToHotkeys(this, () => this.open(), this.#life.signal);
    onNavigation(() => this.#shell?.showPage(), this.#life.signal);
    if (this.hasAttribute("open")) this.open({ focus: false });
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.#shell || !this.isConnected || before === after) return;
    if (name === "page") return this.#shell.showPage();
    if (name === "backend") this.#client = null;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  /** The token of a reader who signed in on the host page, or null. Conversations are then stored in the account. */
  setToken(token: string | null): void {
    const signedOut = this.#token !== null && !token;
    this.#token = token || null;
    this.client.setToken(this.#token);
    if (signedOut) this.#shell?.clear();
    this.#shell?.update();
  }

  open({ focus = true } = {}): void {
    if (!this.#shell) return;
    if (this.#panel instanceof HTMLDialogElement && !this.#panel.open) this.#openDialog(this.#panel);
    this.#shell.open();
    if (focus) this.#shell.input.focus();
  }

  close(): void {
    if (this.#panel instanceof HTMLDialogElement) this.#panel.close();
  }

  /** Opens the component and asks. */
  ask(question: string): void {
    this.open();
    this.#shell?.ask(question);
  }

  /** On a phone the panel covers the page, so nothing behind it can be reached. */
  #openDialog(dialog: HTMLDialogElement): void {
    const active = document.activeElement;
    this.#before = active instanceof HTMLElement && active !== document.body && active !== this ? active : null;
    if (matchMedia(PHONE).matches) this.#openSheet(dialog);
    else dialog.show();
    this.#launcher?.setAttribute("aria-expanded", "true");
    this.#dispatch("open");
  }

  /** It is as high as what the keyboard leaves of the window. */
  #openSheet(dialog: HTMLDialogElement): void {
    dialog.showModal();
    const fit = (): void => dialog.style.setProperty("--viewport", `${visualViewport?.height ?? innerHeight}px`);
    visualViewport?.addEventListener("resize", fit, { signal: this.#life.signal });
    fit();
  }

  #render(): void {
    const texts = textsOf(this.closest("[lang]")?.getAttribute("lang") ?? "en");
    const shell = new Shell({
      host: this,
      client: this.client,
      texts,
      life: this.#life.signal,
      account: this.getAttribute("signed-in") ?? "",
      hasAccount: () => this.#token !== null || this.hasAttribute("signed-in"),
      dispatch: (name, detail) => this.#dispatch(name, detail),
      close: () => this.close(),
    });
    this.#shell = shell;
    this.#panel = this.isInline ? this.#makeSection(shell) : this.#makeDialog(shell);
    this.#launcher = this.isInline
      ? null
      : h(
          "button",
          { class: "launcher", part: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog", click: () => this.open() },
          icon(BOOK),
          texts("launcher"),
        );
    const take = (text: string): void => {
      this.open();
      shell.attach(text);
    };
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles()];
    const frame = h("div", { class: "frame", lang: texts.lang, dir: texts.dir });
    frame.append(...(this.#launcher ? [this.#launcher] : []), this.#panel, selectionButton(this, texts, take, this.#life.signal));
    root.replaceChildren(frame);
  }

  /** Inline, touching the component opens it: a page that only shows it asks nothing. */
  #makeSection(shell: Shell): HTMLElement {
    const section = h("section", { class: "panel inline", part: "panel", "aria-labelledby": "title" }, shell.element);
    section.addEventListener("focusin", () => this.open({ focus: false }), { once: true, signal: this.#life.signal });
    return section;
  }

  #makeDialog(shell: Shell): HTMLDialogElement {
    const dialog = h("dialog", { class: "panel", part: "panel", "aria-labelledby": "title" }, shell.element);
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
    dialog.addEventListener("close", () => this.#closed());
    return dialog;
  }

  #closed(): void {
    this.#launcher?.setAttribute("aria-expanded", "false");
    (this.#before?.isConnected ? this.#before : this.#launcher)?.focus();
    this.#dispatch("close");
  }

  /** False when a listener prevented the default. */
  #dispatch(name: string, detail: object = {}): boolean {
    const event = new CustomEvent(`glossator-${name}`, { detail, bubbles: true, composed: true, cancelable: true });
    return this.dispatchEvent(event);
  }
}

function styles(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + answerCss);
  return sheet;
}
