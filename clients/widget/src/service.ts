import type { Client, Config } from "glossator-client";
import { isWaking } from "./problems.ts";

/** What is known about the backend. `waking` is tried again until it answers; `offline` waits for the network. */
export type State =
  | { readonly kind: "unopened" | "loading" | "waking" | "offline" | "unreachable" }
  | { readonly kind: "ready" | "refused"; readonly config: Config };

const WAITS: readonly number[] = [2000, 4000, 8000, 15000, 15000, 15000, 15000, 15000, 15000, 15000];

/** Reads the backend's configuration when the reader opens the component, and waits for a backend that wakes up. */
export class Service {
  readonly #client: Client;
  readonly #lang: string;
  readonly #life: AbortSignal;
  #state: State = { kind: "unopened" };
  readonly #changes = new EventTarget();

  constructor(client: Client, lang: string, life: AbortSignal) {
    this.#client = client;
    this.#lang = lang;
    this.#life = life;
    addEventListener("online", () => void this.#retryWhen("offline"), { signal: life });
  }

  get state(): State {
    return this.#state;
  }

  get config(): Config | null {
    return "config" in this.#state ? this.#state.config : null;
  }

  onChange(changed: (state: State) => void): void {
    this.#changes.addEventListener("change", () => changed(this.#state), { signal: this.#life });
  }

  /** Harmless when it is loaded or loading. */
  async open(): Promise<void> {
    if (["loading", "waking", "ready", "refused"].includes(this.#state.kind)) return;
    this.#set({ kind: "loading" });
    for (const wait of [...WAITS, 0]) {
      if (this.#life.aborted || (await this.#load())) return;
      await pause(wait, this.#life);
    }
    this.#set({ kind: "unreachable" });
  }

  /** After a question failed: finds out why, unless that is known. */
  async check(): Promise<void> {
    if (this.#state.kind === "ready") this.#state = { kind: "unopened" };
    await this.open();
  }

  /** Resolves when questions can be sent, or cannot be for a reason that waiting does not change. */
  async settled(signal: AbortSignal): Promise<State> {
    void this.open();
    while (["loading", "waking", "unopened"].includes(this.#state.kind)) await once(this.#changes, signal);
    return this.#state;
  }

  /** Whether it is decided; a backend that may be asleep is not. */
  async #load(): Promise<boolean> {
    try {
      const config = await this.#client.config({ lang: this.#lang, signal: this.#life });
      this.#set({ kind: config.origin_allowed === false && !this.#isOwnOrigin() ? "refused" : "ready", config });
    } catch (error) {
      if (this.#life.aborted) return true;
      this.#set({ kind: navigator.onLine ? (isWaking(error) ? "waking" : "unreachable") : "offline" });
    }
    return this.#state.kind !== "waking";
  }

  #isOwnOrigin(): boolean {
    return new URL(this.#client.backend).origin === location.origin;
  }

  async #retryWhen(kind: State["kind"]): Promise<void> {
    if (this.#state.kind === kind) await this.open();
  }

  #set(state: State): void {
    this.#state = state;
    this.#changes.dispatchEvent(new Event("change"));
  }
}

/** Ends early when the signal is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function once(target: EventTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    target.addEventListener("change", () => resolve(), { once: true });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
