import type { Problem } from "./types.ts";

/** The server refused the request or could not answer it. `message` is a sentence for readers. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** No response of the service arrived, or it broke off: the reader is offline, or the page's origin is refused. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** The error of a response whose body may come from a proxy and be anything. */
export async function responseError(response: Response): Promise<ServerError> {
  const body: unknown = await response.json().catch(() => null);
  const known: Partial<Problem> = typeof body === "object" && body !== null ? body : {};
  return new ServerError({
    ...known,
    status: response.status,
    code: (known.code ?? `http_${response.status}`).toLowerCase(),
    detail: known.detail ?? `The server responded with ${response.status}.`,
  });
}

/** What does not parse comes from a proxy or a sign-in page of the reader's network. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConnectionError("The response is not from this service.", { cause: error });
  }
}
