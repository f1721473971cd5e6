import type { Citation, Grounding } from "glossator-client";
import { h } from "../dom.ts";
import { directionOf } from "./direction.ts";
import { nextTask } from "./later.ts";
import { blockNode } from "./markdown/block_nodes.ts";
import { Blocks } from "./markdown/blocks.ts";
import type { Context } from "./markdown/inline.ts";
import { Proof } from "./proof.ts";

/** A task of this length leaves the page time for the reader's input. */
const SLICE_MS = 8;
/** Pages in the background have no frames. */
const HIDDEN_MS = 250;
const HEAD = 2000;
/** Of a longer text, the blocks that are not on screen are not laid out. */
const LONG = 10_000;

/** The text of an answer. While it is written, each frame changes only its last block. */
export class AnswerBody {
  readonly element = h("div", { class: "answer", part: "answer" });
  readonly #context: Context;
  #blocks = new Blocks();
  #open: Node | null = null;
  /** The beginning of the text, for its direction. */
  #head = "";
  #length = 0;
  #isFrameAsked = false;
  /** Counts the drawings: a newer one ends an older one. */
  #drawing = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  cite(citations: readonly Citation[]): void {
    this.#context.proof = new Proof(citations);
  }

  append(text: string): void {
    this.#add(text);
    this.#askFrame();
  }

  /** Replaces what was streamed. Resolves when all of it is drawn. */
  async replace(response: string, citations: readonly Citation[], grounding?: Grounding): Promise<void> {
    this.#context.proof = new Proof(citations, grounding);
    this.#head = "";
    this.#length = 0;
    this.#blocks = new Blocks();
    this.#add(response);
    await this.#drawRest(true);
  }

  /** Draws what was appended and is not drawn yet. */
  async complete(): Promise<void> {
    await this.#drawRest(false);
  }

  #add(text: string): void {
    if (this.#head.length < HEAD) this.#head += text.slice(0, HEAD);
    this.#blocks.append(text);
    this.#length += text.length;
    this.element.classList.toggle("long", this.#length > LONG);
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    const drawing = this.#drawing;
    onNextFrame(() => {
      this.#isFrameAsked = false;
      if (drawing !== this.#drawing || !this.#blocks.isWorthReading) return;
      this.#keepingFocus(() => this.#show(this.#nextNodes(), false));
      if (!this.#blocks.isRead) this.#askFrame();
    });
  }

  async #drawRest(isNew: boolean): Promise<void> {
    const drawing = ++this.#drawing;
    for (let isFirst = true; isFirst || !this.#blocks.isRead; isFirst = false) {
      await nextTask();
      if (drawing !== this.#drawing) return;
      const nodes = this.#sliceOfNodes();
      this.#keepingFocus(() => {
        if (isNew && isFirst) this.#clear();
        this.#show(nodes, this.#blocks.isRead);
      });
    }
  }

  #clear(): void {
    this.#open = null;
    this.element.replaceChildren();
  }

  #sliceOfNodes(): Node[] {
    const end = performance.now() + SLICE_MS;
    const nodes: Node[] = [];
    do nodes.push(...this.#nextNodes());
    while (!this.#blocks.isRead && performance.now() < end);
    return nodes;
  }

  #nextNodes(): Node[] {
    return this.#blocks.read().map((block) => blockNode(block, this.#context));
  }

  /** Completed blocks come in the place of the open one, and what is open now behind them. */
  #show(nodes: readonly Node[], isComplete: boolean): void {
    const { open } = this.#blocks;
    const openNode = open && blockNode(open, this.#context, isComplete);
    const fragment = document.createDocumentFragment();
    fragment.append(...nodes, ...(openNode ? [openNode] : []));
    if (this.#open) this.element.replaceChild(fragment, this.#open);
    else this.element.append(fragment);
    this.#open = openNode;
    this.element.dir = directionOf(this.#head);
  }

  /** A reader may be at a number or a button of the text that is drawn again. */
  #keepingFocus(draw: () => void): void {
    const root = this.element.getRootNode() as Document | ShadowRoot;
    const stops = (): HTMLElement[] => [...this.element.querySelectorAll<HTMLElement>("a, button, [tabindex]")];
    const at = root.activeElement ? stops().indexOf(root.activeElement as HTMLElement) : -1;
    draw();
    if (at >= 0) stops()[at]?.focus({ preventScroll: true });
  }
}

function onNextFrame(draw: () => void): void {
  if (document.hidden) setTimeout(draw, HIDDEN_MS);
  else requestAnimationFrame(draw);
}
