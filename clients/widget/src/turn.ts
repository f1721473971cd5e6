import type { Answer, Citation, Client, Problem } from "glossator-client";
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
  /** The book's address from `/config`: an answer may link to its pages. */
  readonly book?: () => string | null;
}

/** One question and its answer. `problem.detail` is in the reader's language. */
export interface TurnView {
  readonly element: HTMLElement;
  sources(citations: readonly Citation[]): void;
  delta(text: string): void;
  /** Resolves when the whole answer is shown. */
  final(answer: ShownAnswer): Promise<void>;
  /** What was written stays. The code `stopped` is the reader's own doing. */
  fail(problem: Problem): void;
  /** Marks the thumb that the server stored; null marks none. */
  rated(rating: "up" | "down" | null): void;
  /** The answer without marks, for a screen reader. */
  readonly spoken: string;
}

/** An answer of the server, or the parts of it that a stored conversation has. */
export type ShownAnswer = Pick<Answer, "response" | "citations"> & Partial<Answer>;
