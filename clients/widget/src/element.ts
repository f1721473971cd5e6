import { Client } from "glossator-client";
import { backendOf } from "./parts.ts";

/** Servers that render a page import this file where no HTMLElement exists. */
const Base = typeof HTMLElement === "undefined" ? (class {} as typeof HTMLElement) : HTMLElement;

/** `<glossator-chat>`: asks the book at the address in the attribute `backend`, or at the script's own address. */
export class GlossatorChat extends Base {
  #client: Client | null = null;

  get client(): Client {
    return (this.#client ??= new Client({ backend: backendOf(this) }));
  }

  setToken(token: string | null): void {
    this.client.setToken(token);
  }
}
