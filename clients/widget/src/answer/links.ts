import type { Citation, Section } from "glossator-client";

/** Where an answer may link to: what it cites, and the pages of the book. */
export class BookLinks {
  readonly #base: string;
  readonly #book: () => string | null;
  readonly #cited = new Set<string>();

  constructor(backend: string, book: () => string | null) {
    this.#base = `${backend}/`;
    this.#book = book;
  }

  allow(places: readonly (Citation | Section)[]): void {
    for (const { url } of places) {
      const address = this.resolve(url);
      if (address) this.#cited.add(withoutFragment(address));
    }
  }

  /** The whole address of a place that the server names; null for one that no reader should open. */
  resolve(address: string): string | null {
    const url = parsed(address, this.#base);
    return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  }

  /** The address, if it leads to the book; null for every other one. */
  inBook(address: string): string | null {
    const found = this.resolve(address);
    if (found === null) return null;
    const book = this.resolve(this.#book() ?? "/read/");
    const isPage = book !== null && found.startsWith(book.endsWith("/") ? book : `${book}/`);
    return isPage || this.#cited.has(withoutFragment(found)) ? found : null;
  }
}

/** Attributes of a link to the book. In a frame, the page opens beside it. */
export function linkTo(address: string | null): Record<string, string | null> {
  return { href: address, rel: "noopener", target: window.top === window ? null : "_blank" };
}

function parsed(address: string, base: string): URL | null {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}

function withoutFragment(address: string): string {
  return address.split("#", 1)[0] ?? address;
}
