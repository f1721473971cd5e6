/** Servers refuse longer ones. */
const LONGEST = 2000;

/** The page that the reader is on: its origin and path, never its query or fragment. */
export function pageOf(element: Element): string {
  const { origin, pathname } = new URL(element.getAttribute("page") ?? location.href, location.href);
  return (origin + pathname).slice(0, LONGEST);
}

/** Calls back after each navigation inside the page, also those of a router that uses `pushState`. */
export function onNavigation(changed: () => void, signal: AbortSignal): void {
  const navigation = (globalThis as { navigation?: EventTarget }).navigation;
  navigation?.addEventListener("currententrychange", changed, { signal });
  addEventListener("popstate", changed, { signal });
}

/** What the reader has selected on the host page, outside the component and its fields. */
export function selectedText(host: Element): string {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || host.contains(selection.anchorNode)) return "";
  return selection.toString().trim();
}
