type Listener = (event: never) => void;
type Attribute = string | number | boolean | undefined | null | Listener;
export type Attributes = Readonly<Record<string, Attribute>>;
export type Child = Node | string | null | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

/** `true` sets an empty attribute; false and undefined set none; a function listens to the event of that name. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  return fill(document.createElement(name), attributes, children);
}

/** An icon of one path on a grid of 24, hidden from screen readers. */
export function icon(path: string): SVGElement {
  const attributes = { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" };
  return fill(document.createElementNS(SVG, "svg"), attributes, [
    fill(document.createElementNS(SVG, "path"), { d: path }, []),
  ]);
}

/** Scrolls the element to the top of the part that scrolls, and leaves room below it: an answer grows there. */
export function scrollToStart(element: HTMLElement): void {
  const scroller = element.closest<HTMLElement>(".scroller");
  if (!scroller) return;
  const padding = Number.parseFloat(getComputedStyle(scroller).paddingBlockStart);
  scroller.style.setProperty("--view", `${scroller.clientHeight - 2 * padding}px`);
  scroller.scrollTop += element.getBoundingClientRect().top - scroller.getBoundingClientRect().top - padding;
}

function fill<T extends Element>(element: T, attributes: Attributes, children: readonly Child[]): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}
