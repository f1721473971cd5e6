/** Where this script came from, and the files that it loads on demand from there. */

/** The addresses and hashes of the built files; the build inserts them. */
declare const PARTS: Record<keyof Parts, { file: string; integrity: string }>;

interface Parts {
  code: typeof import("./code.ts");
  feedback: typeof import("./feedback/feedback.ts");
  math: typeof import("./math.ts");
}

/** Null when a bundler or `import()` loaded the file: then the attribute `backend` is required. */
const script = typeof document === "undefined" ? null : ownAddress(document.currentScript as HTMLScriptElement | null);
const loading = new Map<string, Promise<unknown>>();

/** A bundle of the site, which may contain this file, is not what the parts are beside. */
function ownAddress(element: HTMLScriptElement | null): string | null {
  return element && /\/widget[\w-]*\.js(\?|$)/.test(element.src) ? element.src : null;
}

/** The backend's address without a slash at the end: the attribute, or the origin and folder of the script. */
export function backendOf(element: Element): string {
  const given = element.getAttribute("backend") ?? (script ? new URL(".", script).href : document.baseURI);
  return new URL(given, document.baseURI).href.replace(/\/+$/, "");
}

/** Loads a part once; a failed load can be tried again. The hash in this file proves the part's content. */
export function loadPart<Name extends keyof Parts>(name: Name, element: Element): Promise<Parts[Name]> {
  const { file, integrity } = PARTS[name];
  const address = new URL(file, script ?? `${backendOf(element)}/`).href;
  const started = loading.get(address) ?? preload(address, integrity).then(() => import(address));
  loading.set(address, started);
  started.catch(() => loading.delete(address));
  return started as Promise<Parts[Name]>;
}

/** `import()` takes no hash, so a preload checks it: the module that it verified is the one that is imported. */
function preload(address: string, integrity: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.integrity = integrity;
  link.href = address;
  const loaded = new Promise<void>((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => reject(new Error(`${address} could not be loaded.`));
  });
  document.head.append(link);
  return loaded.finally(() => link.remove());
}
