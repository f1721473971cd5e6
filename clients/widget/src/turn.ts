import type { Answer, Citation, Client, Problem, Suggestion } from "glossator-client";
import type { Texts } from "./texts/texts.ts";

/** What a reader can do with a turn; the shell does it. */
export interface TurnActions {
  retry(): void;
  ask(question: string): void;
  /** Opens the feedback form below the turn; `citation` is a number that does not prove its sentence. */
  rate(rating: "up" | "down", citation?: number): void;
}

export interface TurnOptions {
  readonly question: string;
  readonly texts: Texts;
  readonly client: Client;
  readonly actions: TurnActions;
  /** What the reader selected on the page. */
  readonly selected?: string;
  /** The loaded suggestions, from which a turn picks follow-up questions by the cited sections. */
  readonly suggestions?: () => readonly Suggestion[];
}

/** One question and its answer. `problem.detail` is in the reader's language. */
export interface TurnView {
  readonly element: HTMLElement;
  sources(citations: readonly Citation[]): void;
  delta(text: string): void;
  final(answer: Answer): void;
  fail(problem: Problem): void;
}
