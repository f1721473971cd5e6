import { type Answer, type Client, ConnectionError, type Question, ServerError, type StreamEvent } from "glossator-client";
import { nextTask } from "./answer/later.ts";
import { h, scrollToStart } from "./dom.ts";
import type { Memory, RememberedTurn } from "./memory.ts";
import { isWaking, problemOf } from "./problems.ts";
import type { Service } from "./service.ts";
import type { Texts } from "./texts/texts.ts";
import type { TurnView } from "./turn.ts";

/** Turns that are restored in one task. */
const AT_ONCE = 20;

/** One question of the conversation on screen. */
export interface Asked {
  remembered: RememberedTurn;
  readonly view: TurnView;
}

/** What the conversation needs from its surroundings. */
export interface Surroundings {
  readonly client: Client;
  readonly memory: Memory;
  readonly service: Service;
  readonly texts: Texts;
  /** The page that the reader is on. */
  page(): string;
  show(turn: RememberedTurn): Asked;
  /** Whether an answer is being written. */
  busy(isBusy: boolean): void;
  finished(asked: Asked, answer: Answer): void;
  failed(asked: Asked, code: string): void;
}

/** Asks one question at a time and shows its answer while it is written. */
export class Conversation {
  readonly element = h("div", { class: "turns", part: "turns" });
  readonly #around: Surroundings;
  #running: AbortController | null = null;
  /** Another value ends a restoring. */
  #restoring = {};

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get isEmpty(): boolean {
    return this.element.childElementCount === 0;
  }

  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** Shows the turns of this tab, as they were before a reload: the last ones at once, the others little by little. */
  async restore(): Promise<void> {
    const { turns } = this.#around.memory;
    const restoring = (this.#restoring = {});
    for (let end = turns.length; end > 0 && restoring === this.#restoring; end -= AT_ONCE) {
      const shown = turns.slice(Math.max(0, end - AT_ONCE), end).map((turn) => this.#around.show(turn));
      this.element.prepend(...shown.map(({ view }) => view.element));
      for (const asked of shown) this.#fillIn(asked);
      this.#showLast();
      await nextTask();
    }
  }

  #showLast(): void {
    const last = this.element.lastElementChild;
    if (last instanceof HTMLElement) scrollToStart(last);
  }

  async ask(question: string, selected = ""): Promise<void> {
    if (this.isBusy) return;
    const asked = this.#show({ question, selected, answer: null });
    this.#around.memory.put(asked.remembered);
    scrollToStart(asked.view.element);
    await this.#run(asked);
  }

  /** Asks the question of a turn again, in a turn that replaces it. */
  async retry(asked: Asked): Promise<void> {
    if (this.isBusy) return;
    const again = this.#around.show({ ...asked.remembered, answer: null });
    asked.view.element.replaceWith(again.view.element);
    this.#around.memory.put(again.remembered, asked.remembered);
    await this.#run(again);
  }

  stop(): void {
    this.#running?.abort();
  }

  clear(): void {
    this.stop();
    this.#restoring = {};
    this.element.replaceChildren();
    this.#around.memory.clear();
  }

  #fillIn({ remembered, view }: Asked): void {
    if (remembered.answer) void view.final(remembered.answer);
    else view.fail({ status: 0, code: "unanswered", detail: this.#around.texts("unanswered") });
  }

  #show(turn: RememberedTurn): Asked {
    const asked = this.#around.show(turn);
    this.element.append(asked.view.element);
    return asked;
  }

  async #run(asked: Asked): Promise<void> {
    const running = (this.#running = new AbortController());
    this.#around.busy(true);
    try {
      await this.#answer(asked, running.signal);
    } catch (error) {
      this.#fail(asked, error);
    } finally {
      this.#running = null;
      this.#around.busy(false);
    }
  }

  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const state = await this.#around.service.settled(signal);
    if (state.kind === "offline") throw new ConnectionError("The reader is offline.");
    for await (const event of this.#events(asked, signal)) {
      if (event.name === "sources") asked.view.sources(event.data.citations);
      if (event.name === "delta") asked.view.delta(event.data.text);
      if (event.name === "final") await this.#finish(asked, event.data);
    }
  }

  async #finish(asked: Asked, answer: Answer): Promise<void> {
    const answered = { ...asked.remembered, answer };
    this.#around.memory.put(answered, asked.remembered);
    asked.remembered = answered;
    await asked.view.final(answer);
    this.#around.finished(asked, answer);
  }

  #fail(asked: Asked, error: unknown): void {
    const problem = problemOf(error, this.#around.texts);
    asked.view.fail(problem);
    this.#around.failed(asked, problem.code);
    if (isWaking(error)) void this.#around.service.check();
  }

  /** Asks for the whole answer when the stream breaks before any text: some networks hold streams back. */
  async *#events(asked: Asked, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    let hasText = false;
    try {
      for await (const event of this.#around.client.stream(this.#question(asked), { signal })) {
        hasText ||= event.name === "delta";
        yield event;
      }
    } catch (error) {
      if (hasText || !mayWorkWithoutStream(error)) throw error;
      if (isUnknownConversation(error)) this.#around.memory.leaveSession();
      yield { name: "final", data: await this.#around.client.ask(this.#question(asked), { signal }) };
    }
  }

  #question({ remembered: { question, selected } }: Asked): Question {
    const { memory } = this.#around;
    return {
      query: question,
      page: this.#around.page(),
      ...(selected && { selected_text: selected }),
      ...(memory.session && { session_id: memory.session }),
      history: memory.history(),
    };
  }
}

/** An error of the server itself is final; a proxy's is not. */
function mayWorkWithoutStream(error: unknown): boolean {
  if (error instanceof ServerError) return error.code.startsWith("http_") || isUnknownConversation(error);
  return error instanceof ConnectionError && navigator.onLine;
}

/** It was deleted in the meantime; the question then starts a new one. */
function isUnknownConversation(error: unknown): boolean {
  return error instanceof ServerError && error.code === "conversation_not_found";
}
