import { h, icon } from "./dom.ts";
import { QUOTE } from "./icons.ts";
import { selectedText } from "./page.ts";
import type { Texts } from "./texts/texts.ts";

const SHORTEST = 3;
/** A selection that does not change for so long, and no pointer is down, is complete: by mouse, keyboard or touch. */
const PAUSE = 250;
const DISTANCE = 8;

/** A button beside the text that the reader selects on the host page. Only pressing it takes the text. */
export function selectionButton(
  host: Element,
  texts: Texts,
  take: (text: string) => void,
  life: AbortSignal,
): HTMLButtonElement {
  const pressed = (): void => {
    const text = selectedText(host);
    document.getSelection()?.removeAllRanges();
    button.hidden = true;
    take(text);
  };
  const button = h(
    "button",
    { class: "from-page", part: "selection-button", type: "button", hidden: true, click: pressed },
    icon(QUOTE),
    texts("selection.ask"),
  );
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isPointerDown = false;
  const show = (): void => {
    button.hidden = host.getAttribute("selection") === "none" || selectedText(host).length < SHORTEST;
    if (!button.hidden) place(button);
  };
  const wait = (): void => {
    clearTimeout(timer);
    button.hidden ||= selectedText(host) === "";
    if (!isPointerDown) timer = setTimeout(show, PAUSE);
  };
  for (const name of ["pointerdown", "pointerup", "pointercancel"]) {
    const changed = (): void => ((isPointerDown = name === "pointerdown"), wait());
    document.addEventListener(name, changed, { signal: life, capture: true });
  }
  document.addEventListener("selectionchange", wait, { signal: life });
  document.addEventListener("scroll", () => (button.hidden = true), { signal: life, passive: true });
  return button;
}

/** Below the end of the selection, inside the window. */
function place(button: HTMLElement): void {
  const boxes = document.getSelection()?.getRangeAt(0).getClientRects() ?? [];
  const last = boxes[boxes.length - 1];
  if (!last) return;
  const left = Math.min(last.right, innerWidth - button.offsetWidth - DISTANCE);
  const below = last.bottom + DISTANCE;
  const top = below + button.offsetHeight < innerHeight ? below : last.top - button.offsetHeight - DISTANCE;
  button.style.left = `${Math.max(DISTANCE, left)}px`;
  button.style.top = `${Math.max(DISTANCE, top)}px`;
}
