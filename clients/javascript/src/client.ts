import { Auth, Sessions } from "./accounts.ts";
import { readEvents } from "./server_events.ts";
import { type Call, connect, type Options, Transport } from "./transport.ts";
import type { Answer, Config, Feedback, Question, SearchResult, StreamEvent, Suggestion } from "./types.ts";

/** A book's backend. Every method throws ServerError or ConnectionError, or an AbortError when its signal is aborted. */
export class Client {
  readonly backend: string;
  readonly sessions: Sessions;
  readonly auth: Auth;
  readonly #transport: Transport;

  constructor(options: Options) {
    this.#transport = new Transport(options);
    this.backend = this.#transport.backend;
    this.sessions = new Sessions(this.#transport);
    this.auth = new Auth(this.#transport);
  }

  /** The token of a reader who signed in elsewhere; null for an anonymous reader. */
  setToken(token: string | null): void {
    this.#transport.setToken(token);
  }

  /** The whole answer at once, for networks that hold streams back. */
  ask(question: Question, call: Call = {}): Promise<Answer> {
    return this.#transport.send("POST", "/chat", { format: "markdown", ...question }, call);
  }

  /** The answer as it is written. Leaving the loop or aborting the signal stops it. */
  async *stream(question: Question, call: Call = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const body = await this.#transport.open("/chat/stream", question, call);
    const events = readEvents(body);
    try {
      for (let next = await connect(() => events.next()); !next.done; next = await connect(() => events.next())) {
        yield next.value;
      }
    } finally {
      await events.return();
    }
  }

  /** The best sections. The mode `words` searches by keywords alone: it costs nothing and fits typing. */
  search(query: string, options: { limit?: number; mode?: "words" } & Call = {}): Promise<SearchResult> {
    const { signal, ...rest } = options;
    return this.#transport.send("POST", "/search", { query, ...rest }, { signal });
  }

  /** Questions that the book answers: starters, or those of a page (its path). */
  async suggestions(options: { page?: string; limit?: number } & Call = {}): Promise<Suggestion[]> {
    const { signal, ...query } = options;
    const found = await this.#transport.getPublic<{ suggestions: Suggestion[] }>("/suggestions", query, { signal });
    return found.suggestions;
  }

  /** Replaces the reader's earlier feedback on the same answer. */
  async feedback(feedback: Feedback, call: Call = {}): Promise<void> {
    await this.#transport.send("POST", "/feedback", feedback, call);
  }

  /** `lang` is a language tag: that of the sentences about what is kept. */
  config(options: { lang?: string } & Call = {}): Promise<Config> {
    const { signal, ...query } = options;
    return this.#transport.getPublic("/config", query, { signal });
  }
}
