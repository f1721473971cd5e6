import type { Token, Tokens } from "marked";
import { h } from "../../dom.ts";
import type { Block } from "./blocks.ts";
import { codeBlock } from "./code_block.ts";
import { formula } from "./formula.ts";
import { type Context, hasTokens, InlineWriter } from "./inline.ts";
import type { Formula } from "./lexer.ts";

/** The node of a block. The open block of a stream is not complete. */
export function blockNode(block: Block, context: Context, isComplete = true): Node {
  return new BlockWriter(block, context, isComplete).write(block.token);
}

class BlockWriter {
  readonly #inline: InlineWriter;
  readonly #context: Context;
  readonly #isComplete: boolean;

  constructor({ token, start }: Block, context: Context, isComplete: boolean) {
    this.#context = context;
    this.#isComplete = isComplete;
    this.#inline = new InlineWriter(context, token.raw, start);
  }

  write(token: Token): Node {
    switch (token.type) {
      case "heading":
        // One level: a model often begins with a lower one, which would leave a gap below the question.
        return h("h4", {}, ...this.#inline.write((token as Tokens.Heading).tokens));
      case "code":
        return codeBlock(token as Tokens.Code, this.#context.texts, this.#context.load, this.#isComplete);
      case "formula":
        return h("p", {}, formula(token as Formula, this.#context.load));
      case "blockquote":
        return h("blockquote", { dir: "auto" }, ...this.#blocks((token as Tokens.Blockquote).tokens));
      case "list":
        return this.#list(token as Tokens.List);
      case "table":
        return this.#table(token as Tokens.Table);
      case "hr":
        return h("hr");
      default:
        return hasTokens(token)
          ? h("p", {}, ...this.#inline.write(token.tokens))
          : h("p", { class: "plain" }, ...this.#inline.write([{ type: "text", raw: token.raw, text: token.raw }]));
    }
  }

  #list(token: Tokens.List): HTMLElement {
    const items = token.items.map((item) => h("li", {}, ...this.#blocks(item.tokens, !item.loose)));
    const start = token.ordered && token.start !== 1 ? token.start : null;
    return h(token.ordered ? "ol" : "ul", { start }, ...items);
  }

  /** The text of a tight list's item is no paragraph. */
  #blocks(tokens: readonly Token[], isTight = false): Node[] {
    return tokens
      .filter((token) => token.type !== "space")
      .flatMap((token) =>
        isTight && (token.type === "text" || token.type === "checkbox")
          ? this.#inline.write([token])
          : [this.write(token)],
      );
  }

  #table(token: Tokens.Table): HTMLElement {
    const row = (cells: Tokens.TableCell[], name: "th" | "td"): HTMLElement =>
      h("tr", {}, ...cells.map((cell) => h(name, {}, ...this.#inline.write(cell.tokens))));
    const head = h("thead", {}, row(token.header, "th"));
    const body = h("tbody", {}, ...token.rows.map((cells) => row(cells, "td")));
    const label = this.#context.texts("table");
    return h("div", { class: "table", tabindex: 0, role: "group", "aria-label": label }, h("table", {}, head, body));
  }
}
