import { Lexer, type Token, type TokensList, Tokenizer } from "marked";

/** A longer text is one text token: some rules of the lexer take quadratic time. */
const MAX_INLINE = 2000;
/** Quotes and lists within each other; each level is a recursion of the lexer. */
const MAX_DEPTH = 16;

/** `[1]: https://...` would turn citation numbers into links. */
class WithoutDefinitions extends Tokenizer {
  override def(): undefined {
    return undefined;
  }
}

/** The lexer of marked with formulas, in time that grows with the length of the text, whatever the text is. */
class BoundedLexer extends Lexer {
  #depth = 0;

  override blockTokens(source: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[];
  override blockTokens(source: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList;
  override blockTokens(source: string, tokens: Token[] | TokensList = [], lastParagraphClipped?: boolean): Token[] {
    if (this.#depth === MAX_DEPTH) {
      tokens.push({ type: "text", raw: source, text: source });
      return tokens;
    }
    this.#depth += 1;
    try {
      return super.blockTokens(source, tokens, lastParagraphClipped);
    } finally {
      this.#depth -= 1;
    }
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (source.length <= MAX_INLINE) return super.inlineTokens(source, tokens);
    tokens.push({ type: "text", raw: source, text: source });
    return tokens;
  }
}

export interface Formula {
  type: "formula";
  raw: string;
  tex: string;
  display: boolean;
}

/** The blocks of a text. Their `raw` texts, joined, are the text. */
export function lex(text: string): Token[] {
  const extensions = { renderers: {}, childTokens: {}, ...FORMULAS };
  return new BoundedLexer({ gfm: true, tokenizer: new WithoutDefinitions(), extensions }).lex(text);
}

const BLOCK = /^ {0,3}(?:\$\$([^$]{1,999})\$\$|\\\[([^]{1,999}?)\\\])[ \t]*(?:\n|$)/;
const DISPLAYED = /^(?:\$\$([^$`]{1,999})\$\$|\\\[([^]{1,999}?)\\\])/;
const INLINE = /^(?:\\\(([^]{1,999}?)\\\)|\$(?!\s)([^$`\n]{1,999})(?<![\s\\])\$(?![\d\p{L}]))/u;

/** As in Pandoc: a dollar that opens a formula has no blank after it, one that closes it has none before it. */
const FORMULAS = {
  block: [formulaIn(BLOCK, true)],
  startBlock: [startOf(/\n {0,3}(?:\$\$|\\\[)/)],
  inline: [formulaIn(DISPLAYED, true), formulaIn(INLINE, false)],
  startInline: [startOf(/\$|\\[[(]/)],
};

function formulaIn(pattern: RegExp, display: boolean) {
  return (text: string): Formula | undefined => {
    const found = pattern.exec(text);
    return found ? { type: "formula", raw: found[0], tex: (found[1] ?? found[2] ?? "").trim(), display } : undefined;
  };
}

function startOf(pattern: RegExp) {
  return (text: string): number => text.search(pattern);
}
