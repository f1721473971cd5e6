import { ConnectionError, type Problem, ServerError } from "glossator-client";
import type { Key, Texts } from "./texts/texts.ts";

const WAKING: ReadonlySet<number> = new Set([502, 503, 504]);
const LIMITS: Readonly<Record<string, Key>> = {
  network: "limit.network",
  account: "limit.account",
  site: "limit.site",
};
const BY_CODE: Readonly<Record<string, Key>> = {
  book_empty: "empty",
  sign_in_required: "sign-in.needed",
  unauthorized: "sign-in.needed",
  invalid_token: "sign-in.again",
  token_expired: "sign-in.again",
  invalid_origin: "refused",
  overloaded: "busy",
  unavailable: "busy",
  shutting_down: "busy",
  request_timeout: "busy",
  too_many_requests: "busy",
};

/** An error as a problem whose `detail` is in the reader's language. Codes of our own: offline, lost and stopped. */
export function problemOf(error: unknown, texts: Texts): Problem {
  if (error instanceof DOMException && error.name === "AbortError") return own("stopped", texts);
  if (error instanceof ServerError) return { ...error.problem, detail: detailOf(error.problem, texts) };
  if (error instanceof ConnectionError) return own(navigator.onLine ? "lost" : "offline", texts);
  console.error("glossator-chat:", error);
  return own("unreachable", texts);
}

/** Whether a server that sleeps may answer the same request in a minute. */
export function isWaking(error: unknown): boolean {
  if (error instanceof ServerError) return WAKING.has(error.status) && error.code !== "book_empty";
  return error instanceof ConnectionError;
}

/** Time of day, with the date if it is not today. */
export function formatTime(iso: string, texts: Texts): string {
  const time = new Date(iso);
  const today = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(texts.lang, { timeStyle: "short", ...(!today && { dateStyle: "medium" }) }).format(time);
}

function own(code: "stopped" | "lost" | "offline" | "unreachable", texts: Texts): Problem {
  return { status: 0, code, detail: texts(code) };
}

function detailOf(problem: Problem, texts: Texts): string {
  const limit = LIMITS[problem.scope ?? ""];
  if (problem.status === 429 && limit && problem.resets_at) {
    return texts(limit, { time: formatTime(problem.resets_at, texts) });
  }
  const key = BY_CODE[problem.code];
  if (key) return texts(key);
  if (problem.code.startsWith("http_5")) return texts("waking");
  return texts.lang === "en" ? problem.detail : texts("failed");
}
