import type { Token, Tokens } from "marked";
import { lex } from "./lexer.ts";

/** At most this much is read at once, so that no step takes long. */
const PIECE = 2000;
/** A longer block is cut; code is one cheap token at any length. The parts of a table each have its head. */
const MAX_BLOCK = 4000;
const MAX_CODE = 30_000;
/** A long open block is read again only after it has grown by this share. */
const GROWTH = 1 / 32;

/** A block with its position in the text, in UTF-16 code units. */
export interface Block {
  readonly token: Token;
  readonly start: number;
}

/** The blocks of a text that grows at its end. Only the last block can still change. */
export class Blocks {
  #read = "";
  #unread = "";
  #start = 0;
  /** The head of a table that was cut here. */
  #head = "";
  #open: Block | null = null;

  /** The last block as far as it is read. */
  get open(): Block | null {
    return this.#open;
  }

  get isRead(): boolean {
    return this.#unread === "";
  }

  get isWorthReading(): boolean {
    return this.#unread.length > (this.#read.length > PIECE ? this.#read.length * GROWTH : 0);
  }

  append(text: string): void {
    this.#unread += text;
  }

  /** Reads the next piece and returns the blocks that it completed. */
  read(): Block[] {
    const text = this.#read + this.#nextPiece();
    const blocks = this.#blocksOf(text);
    const last = blocks.at(-1);
    if (!last) {
      this.#read = text;
      return [];
    }
    const isCut = isTooLong(last.token) && (text.endsWith("\n") || !mayGrow(last.token));
    if (isCut) this.#head = headOf(last.token);
    else if (last.start >= this.#start) this.#head = "";
    this.#open = isCut ? null : last;
    const from = isCut ? this.#start + text.length : Math.max(last.start, this.#start);
    this.#read = text.slice(from - this.#start);
    this.#start = from;
    return isCut ? blocks : blocks.slice(0, -1);
  }

  /** Whole lines, where there are any. The length of the text stays the same: offsets count in it. */
  #nextPiece(): string {
    const isLong = this.#unread.length > PIECE || this.#read.length > MAX_BLOCK;
    const line = isLong ? this.#unread.lastIndexOf("\n", PIECE) + 1 : 0;
    const piece = this.#unread.slice(0, line || PIECE);
    this.#unread = this.#unread.slice(piece.length);
    return piece.replace(/\r(?=\n|$)/g, " ").replace(/\r/g, "\n");
  }

  #blocksOf(text: string): Block[] {
    const blocks: Block[] = [];
    let start = this.#start - this.#head.length;
    for (const token of lexed(this.#head + text)) {
      const isHeadAlone = start < this.#start && (token as Tokens.Table).rows?.length === 0;
      if (token.type !== "space" && !isHeadAlone) blocks.push({ token, start });
      start += token.raw.length;
    }
    return blocks;
  }
}

function isTooLong(token: Token): boolean {
  return token.raw.length > (token.type === "code" ? MAX_CODE : MAX_BLOCK);
}

/** A table may grow to the end of its row. */
function mayGrow(token: Token): boolean {
  return token.type === "table" && token.raw.length < 2 * MAX_BLOCK;
}

function headOf(token: Token): string {
  return token.type === "table" ? `${token.raw.split("\n", 2).join("\n")}\n` : "";
}

/** A text that the lexer cannot read is one text. */
function lexed(text: string): Token[] {
  try {
    return lex(text);
  } catch {
    return [{ type: "text", raw: text, text }];
  }
}
