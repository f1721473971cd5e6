import { ConnectionError, parseJson, responseError } from "./errors.ts";

export interface Options {
  /** Address of the backend, such as `https://book.example`. */
  backend: string;
  /** Replaces the global `fetch`, for tests and other runtimes. */
  fetch?: typeof fetch;
  /** Whether cookies are sent: `same-origin` unless the host page relies on the book's own cookie. */
  credentials?: RequestCredentials;
}

export interface Call {
  signal?: AbortSignal | undefined;
}

type Query = Record<string, string | number | undefined>;

/** Sends requests with the reader's token. All paths are below the backend's address. */
export class Transport {
  readonly backend: string;
  #token: string | null = null;
  readonly #fetch: typeof fetch;
  readonly #credentials: RequestCredentials;

  constructor(options: Options) {
    this.backend = options.backend.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#credentials = options.credentials ?? "same-origin";
  }

  setToken(token: string | null): void {
    this.#token = token || null;
  }

  /** For routes that are the same for every reader: without token and cookies, a browser needs no preflight. */
  async getPublic<T>(path: string, query: Query = {}, call: Call = {}): Promise<T> {
    return read<T>(await this.#fetchFrom(path + encode(query), { credentials: "omit", signal: call.signal ?? null }));
  }

  async get<T>(path: string, query: Query = {}, call: Call = {}): Promise<T> {
    return read<T>(await this.#send("GET", path + encode(query), undefined, call));
  }

  async send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: object, call: Call = {}): Promise<T> {
    return read<T>(await this.#send(method, path, body, call));
  }

  async open(path: string, body: object, call: Call): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send("POST", path, body, call);
    if (response.body === null) throw new ConnectionError("The response has no body.");
    return response.body;
  }

  async #send(method: string, path: string, body: object | undefined, call: Call): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["content-type"] = "application/json";
    if (this.#token !== null) headers["authorization"] = `Bearer ${this.#token}`;
    return this.#fetchFrom(path, {
      method,
      headers,
      credentials: this.#credentials,
      body: body === undefined ? null : JSON.stringify(body),
      signal: call.signal ?? null,
    });
  }

  async #fetchFrom(path: string, request: RequestInit): Promise<Response> {
    const response = await connect(() => this.#fetch(this.backend + path, request));
    if (!response.ok) throw await responseError(response);
    return response;
  }
}

/** Browsers report every failed connection as a TypeError; an abort stays an AbortError. */
export async function connect<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof TypeError) throw new ConnectionError("The server could not be reached.", { cause: error });
    throw error;
  }
}

async function read<T>(response: Response): Promise<T> {
  const text = await connect(() => response.text());
  return (text === "" ? undefined : parseJson(text)) as T;
}

function encode(query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
