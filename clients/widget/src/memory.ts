import type { Answer, Turn } from "glossator-client";

/** A question of this tab. `answer` is null until it is complete, and stays so when a reload or an error cut it off. */
export interface RememberedTurn {
  readonly question: string;
  readonly selected: string;
  readonly answer: Answer | null;
}

interface Stored {
  /** The reader's account on our own pages; empty elsewhere. */
  readonly account?: string;
  readonly session: string | null;
  readonly turns: readonly RememberedTurn[];
}

const MOST_TURNS = 200;
const HISTORY_TURNS = 10;
const HISTORY_LENGTH = 4000;
const NOTHING: Stored = { session: null, turns: [] };

/** The conversation of this tab, in its session storage. A page that allows no storage still has it until it is left. */
export class Memory {
  readonly #key: string;
  readonly #account: string;
  #stored: Stored;

  /** Forgets the conversation of another account, such as that of a reader who signed out. */
  constructor(place: string, account: string) {
    this.#key = `glossator:${place}`;
    this.#account = account;
    this.#stored = read(this.#key);
    if (this.#stored.account && this.#stored.account !== account) this.clear();
  }

  get turns(): readonly RememberedTurn[] {
    return this.#stored.turns;
  }

  /** The conversation of the reader's account, once an answer was stored there. */
  get session(): string | null {
    return this.#stored.session;
  }

  /** Adds the turn, in the place of an earlier one if that is given. */
  put(turn: RememberedTurn, earlier?: RememberedTurn): void {
    const isKnown = earlier !== undefined && this.turns.includes(earlier);
    const turns = isKnown ? this.turns.map((one) => (one === earlier ? turn : one)) : [...this.turns, turn];
    this.#write({ session: turn.answer?.session_id ?? this.session, turns: turns.slice(-MOST_TURNS) });
  }

  leaveSession(): void {
    this.#write({ ...this.#stored, session: null });
  }

  clear(): void {
    this.#write(NOTHING);
  }

  history(): Turn[] {
    const answered = this.turns.filter((turn) => turn.answer !== null).slice(-HISTORY_TURNS);
    return answered.flatMap(({ question, answer }): Turn[] => [
      { role: "user", content: question.slice(0, HISTORY_LENGTH) },
      { role: "assistant", content: (answer?.response ?? "").slice(0, HISTORY_LENGTH) },
    ]);
  }

  /** When the storage is full, the older half is forgotten. */
  #write(stored: Stored): void {
    this.#stored = stored;
    for (let turns = stored.turns; ; turns = turns.slice(Math.ceil(turns.length / 2))) {
      try {
        sessionStorage.setItem(this.#key, JSON.stringify({ ...stored, turns, account: this.#account }));
        return;
      } catch {
        if (turns.length === 0) return;
      }
    }
  }
}

function read(key: string): Stored {
  try {
    const stored = JSON.parse(sessionStorage.getItem(key) ?? "null") as Stored | null;
    return Array.isArray(stored?.turns) ? stored : NOTHING;
  } catch {
    return NOTHING;
  }
}
