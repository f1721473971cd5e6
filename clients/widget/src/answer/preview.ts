import { h } from "../dom.ts";
import { linkTo } from "./links.ts";
import { type Cited, labelOf } from "./proof.ts";

/** Time to move the pointer from a number to its preview. */
const LEAVE_MS = 200;
const MOST_QUOTES = 4;
const GAP = 6;
const EDGE = 8;

/** The quotes behind a number, shown while the reader points at it or has it focused. Escape closes it. */
export class Preview {
  readonly #box = h("div", { class: "preview", part: "preview", role: "tooltip", popover: "manual" });
  readonly #near: HTMLElement;
  readonly #cited = new WeakMap<EventTarget, Cited>();
  #chip: HTMLElement | null = null;
  #shownBeforeTouch: HTMLElement | null = null;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  /** Serves the numbers inside the element, also those that come later. */
  constructor(near: HTMLElement) {
    this.#near = near;
    this.#box.id = `preview-${Math.random().toString(36).slice(2)}`;
    this.#box.addEventListener("pointerenter", () => clearTimeout(this.#leaving));
    this.#box.addEventListener("pointerleave", () => this.#leave());
    near.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#open(event.target));
    near.addEventListener("pointerout", (event) => event.target === this.#chip && this.#leave());
    near.addEventListener("pointerdown", () => (this.#shownBeforeTouch = this.#chip));
    near.addEventListener("focusin", (event) => this.#open(event.target));
    near.addEventListener("focusout", (event) => event.target === this.#chip && this.hide());
    near.addEventListener("click", (event) => this.#onClick(event));
  }

  /** A number that opens the book at its sentence. */
  chip(cited: Cited, address: string | null, label: string): HTMLElement {
    const attributes = { class: "chip", part: "citation", "aria-label": label, ...linkTo(address) };
    const chip = h("a", attributes, String(cited.citation.n));
    this.#cited.set(chip, cited);
    return chip;
  }

  hide(): void {
    clearTimeout(this.#leaving);
    this.#chip?.removeAttribute("aria-describedby");
    this.#chip = null;
    this.#box.remove();
    document.removeEventListener("keydown", this.#onKey, true);
    document.removeEventListener("pointerdown", this.#onPointerDown, true);
    window.removeEventListener("scroll", this.#place, true);
    window.removeEventListener("resize", this.#place);
  }

  /** The first touch shows the preview, the second one follows the link. */
  #onClick(event: MouseEvent): void {
    const isTouch = event instanceof PointerEvent && event.pointerType === "touch";
    if (!isTouch || !event.target || !this.#cited.has(event.target)) return;
    if (this.#shownBeforeTouch === event.target) return;
    event.preventDefault();
    this.#open(event.target);
  }

  #open(target: EventTarget | null): void {
    const cited = target && this.#cited.get(target);
    if (!cited || !(target instanceof HTMLElement)) return;
    clearTimeout(this.#leaving);
    if (target === this.#chip) return;
    this.hide();
    this.#chip = target;
    this.#box.replaceChildren(
      h("strong", { dir: "auto" }, labelOf(cited.citation)),
      ...cited.quotes.slice(0, MOST_QUOTES).map((quote) => h("q", { dir: "auto" }, quote)),
    );
    this.#near.append(this.#box);
    this.#box.showPopover?.();
    target.setAttribute("aria-describedby", this.#box.id);
    document.addEventListener("keydown", this.#onKey, true);
    document.addEventListener("pointerdown", this.#onPointerDown, true);
    window.addEventListener("scroll", this.#place, true);
    window.addEventListener("resize", this.#place);
    this.#place();
  }

  #leave(): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.hide(), LEAVE_MS);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    this.hide();
  };

  readonly #onPointerDown = (event: Event): void => {
    const path = event.composedPath();
    if (!path.includes(this.#box) && this.#chip && !path.includes(this.#chip)) this.hide();
  };

  /** Below the number, or above it where there is no room; always inside the window. */
  readonly #place = (): void => {
    if (!this.#chip?.isConnected) return this.hide();
    const chip = this.#chip.getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const room = { x: document.documentElement.clientWidth - width - EDGE, y: window.innerHeight - height - EDGE };
    const below = chip.bottom + GAP;
    const top = below <= room.y ? below : chip.top - GAP - height;
    this.#box.style.left = `${Math.max(EDGE, Math.min(chip.left, room.x))}px`;
    this.#box.style.top = `${Math.max(EDGE, Math.min(top, room.y))}px`;
  };
}
