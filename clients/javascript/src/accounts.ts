import type { Call, Transport } from "./transport.ts";
import type { Message, Session, SignedIn, User } from "./types.ts";

/** The account's stored conversations. */
export class Sessions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(page: { limit?: number; offset?: number } & Call = {}): Promise<{ sessions: Session[]; total: number }> {
    return this.#transport.get(PATH, { limit: page.limit, offset: page.offset }, page);
  }

  get(id: string, call?: Call): Promise<{ session: Session; messages: Message[] }> {
    return this.#transport.get(at(id), {}, call);
  }

  create(title?: string): Promise<Session> {
    return this.#transport.send("POST", PATH, title === undefined ? {} : { title });
  }

  async rename(id: string, title: string): Promise<void> {
    await this.#transport.send("PATCH", `${at(id)}/title`, { title });
  }

  async delete(id: string): Promise<void> {
    await this.#transport.send("DELETE", at(id));
  }

  async deleteAll(): Promise<void> {
    await this.#transport.send("DELETE", "/api/chat/history");
  }

  export(id: string, format: "text" | "json" | "markdown" = "markdown"): Promise<{ format: string; content: unknown }> {
    return this.#transport.get(`${at(id)}/export`, { format });
  }
}

const PATH = "/api/chat/sessions";

function at(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** Sign-up and sign-in by e-mail. A successful one sets the token of this client. */
export class Auth {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async signUp(person: { email: string; password: string; name: string }): Promise<SignedIn> {
    return this.#keep(await this.#transport.send<SignedIn>("POST", "/api/auth/sign-up/email", person));
  }

  async signIn(person: { email: string; password: string }): Promise<SignedIn> {
    return this.#keep(await this.#transport.send<SignedIn>("POST", "/api/auth/sign-in/email", person));
  }

  async signOut(): Promise<void> {
    await this.#transport.send("POST", "/api/auth/sign-out", {});
    this.#transport.setToken(null);
  }

  /** Null without a valid token or cookie. */
  session(call?: Call): Promise<{ user: User } | null> {
    return this.#transport.get("/api/auth/get-session", {}, call);
  }

  #keep(signedIn: SignedIn): SignedIn {
    this.#transport.setToken(signedIn.token);
    return signedIn;
  }
}
