import type { Token, Tokens } from "marked";
import { h } from "../../dom.ts";
import type { Texts } from "../../texts/texts.ts";
import { type BookLinks, linkTo } from "../links.ts";
import { type Cited, type Doubt, type Proof, numberedParts } from "../proof.ts";
import { decoded } from "./entities.ts";
import { formula, type Load } from "./formula.ts";
import type { Formula } from "./lexer.ts";

/** What an answer's nodes are made with. */
export interface Context {
  readonly texts: Texts;
  readonly links: BookLinks;
  readonly load: Load;
  proof: Proof;
  chip(cited: Cited): HTMLElement;
}

export function hasTokens(token: Token): token is Token & { tokens: Token[] } {
  return "tokens" in token && Array.isArray(token.tokens);
}

/** The nodes of one block's text. Finds each piece's position in the source, to mark it as the server judged it. */
export class InlineWriter {
  readonly #context: Context;
  readonly #source: string;
  readonly #start: number;
  readonly #last = new Map<number, number>();
  #read = 0;
  #doubt: Doubt | null = null;

  constructor(context: Context, source: string, start: number) {
    this.#context = context;
    this.#source = source;
    this.#start = start;
  }

  write(tokens: readonly Token[]): Node[] {
    return tokens.flatMap((token) => this.#node(token));
  }

  #node(token: Token): Node[] {
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [h(token.type as "strong", {}, ...this.write(hasTokens(token) ? token.tokens : []))];
      case "codespan":
        return this.#doubted(token.raw, (text) => [h("code", { dir: "ltr" }, text.replace(/^`+|`+$/g, "").trim())]);
      case "formula":
        return this.#doubted(token.raw, () => [formula(token as Formula, this.#context.load)]);
      case "link":
        return this.#link(token as Tokens.Link);
      case "image":
        return this.#text(token["text"] as string);
      case "br":
        return [h("br")];
      case "html":
        return /^<br\s*\/?>$/i.test(token.raw) ? [h("br")] : this.#text(token.raw);
      case "escape":
        return this.#text(token["text"] as string);
      case "checkbox":
        return [document.createTextNode(token["checked"] ? "☑ " : "☐ ")];
      default:
        return hasTokens(token) ? this.write(token.tokens) : this.#text(token.raw);
    }
  }

  /** A link whose text is a number is a citation, wherever it leads. */
  #link(token: Tokens.Link): Node[] {
    if (/^\d{1,3}$/.test(token.text)) return this.#text(`[${token.text}]`);
    const address = token.href.startsWith("#") ? null : this.#context.links.inBook(token.href);
    const content = this.write(token.tokens);
    return address === null ? content : [h("a", linkTo(address), ...content)];
  }

  #text(text: string): Node[] {
    return text.split(/(?<=\n)/).flatMap((line) => {
      const start = this.#find(line);
      return [...numberedParts(line)].flatMap((part) => this.#part(part, start));
    });
  }

  #part(part: { text: string; start: number; numbers: number[] }, lineStart: number): Node[] {
    const start = lineStart + part.start;
    const cited = part.numbers.map((n) => this.#cited(n, start)).filter((one) => one !== null);
    if (cited.length > 0) return cited.map((one) => this.#context.chip(one));
    return this.#cut(part.text, start, (text) => [document.createTextNode(decoded(text))]);
  }

  /** A number stands for the sentences behind the last one of its kind. */
  #cited(n: number, position: number): Cited | null {
    const since = this.#last.get(n) ?? this.#start;
    this.#last.set(n, position);
    return this.#context.proof.cited(n, position, since);
  }

  #doubted(raw: string, write: (text: string) => Node[]): Node[] {
    const start = this.#find(raw);
    return this.#cut(raw, start, write, true);
  }

  /** Marks what the book does not prove. A whole piece is never cut. */
  #cut(text: string, start: number, write: (text: string) => Node[], whole = false): Node[] {
    const pieces = this.#context.proof.cut(text, start);
    const shown = whole ? [{ text, doubt: pieces[0]?.doubt ?? null }] : pieces;
    return shown.flatMap((piece) => (piece.doubt ? [this.#marked(piece.doubt, write(piece.text))] : write(piece.text)));
  }

  /** Underlined; a screen reader hears it before the sentence. */
  #marked(doubt: Doubt, nodes: Node[]): HTMLElement {
    const said = doubt === this.#doubt ? null : h("span", { class: "hidden" }, `${this.#context.texts("doubt.said")} `);
    this.#doubt = doubt;
    return h("span", { class: `doubt ${doubt.verdict}` }, said, ...nodes);
  }

  /** The position of the next piece in the whole text. Lists and quotes lose their marks, never their words. */
  #find(piece: string): number {
    const words = piece.trim();
    const at = words === "" ? -1 : this.#source.indexOf(words, this.#read);
    if (at < 0) return this.#start + this.#read;
    this.#read = at + words.length;
    return this.#start + at - piece.indexOf(words);
  }
}
