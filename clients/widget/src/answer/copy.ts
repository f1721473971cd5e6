import { h } from "../dom.ts";
import type { Texts } from "../texts/texts.ts";

const SHOWN_MS = 2000;

/** A button that copies a text and says so. */
export function copyButton(texts: Texts, text: () => string, label: "copy" | "copy.answer" = "copy"): HTMLButtonElement {
  const said = h("span", { "aria-live": "polite" }, texts(label));
  const copy = async (): Promise<void> => {
    said.textContent = texts((await copied(text(), said)) ? "copied" : "copy.failed");
    setTimeout(() => (said.textContent = texts(label)), SHOWN_MS);
  };
  return h("button", { type: "button", class: "quiet", part: "button", click: () => void copy() }, said);
}

/** A frame may not use the clipboard without its host's leave; selecting and copying is then still possible. */
async function copied(text: string, near: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelecting(text, near);
  }
}

function copiedBySelecting(text: string, near: Element): boolean {
  const field = h("textarea", { class: "hidden", "aria-hidden": "true", tabindex: -1 });
  const focused = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
  field.value = text;
  near.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}
