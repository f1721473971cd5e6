interface Key {
  readonly key: string;
  readonly withControl: boolean;
}

const DEFAULT = "ctrl+k,/";
/** There, Ctrl has other uses in every text field. */
const MAC = /^(Mac|iP)/;

/** `ctrl+k,/` unless the attribute `hotkey` names other keys; `none` turns them off. Ctrl is Command on a Mac. */
export function listenToHotkeys(host: Element, pressed: () => void, signal: AbortSignal): void {
  const listen = (event: KeyboardEvent): void => {
    const keys = parse(host.getAttribute("hotkey") ?? DEFAULT);
    if (event.defaultPrevented || event.altKey || !keys.some((key) => matches(key, event))) return;
    event.preventDefault();
    pressed();
  };
  document.addEventListener("keydown", listen, { signal });
}

function parse(attribute: string): Key[] {
  const names = attribute.toLowerCase().split(",").map((name) => name.trim());
  return names
    .filter((name) => name !== "" && name !== "none")
    .map((name) => ({ key: name.replace(/^(ctrl|cmd|meta)\+/, ""), withControl: /^(ctrl|cmd|meta)\+/.test(name) }));
}

function matches(key: Key, event: KeyboardEvent): boolean {
  const isMac = MAC.test(navigator.platform);
  const [control, other] = isMac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (event.key.toLowerCase() !== key.key || control !== key.withControl || other) return false;
  return key.withControl || !isEditing(event);
}

function isEditing(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
