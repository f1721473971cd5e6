/** The shapes of requests and responses. Fields that a newer server adds are kept and not described here. */

export type Format = "text" | "markdown";
export type Mode = "generated" | "extractive" | "declined";
export type Reason =
  | "no_model"
  | "model_unavailable"
  | "too_slow"
  | "over_budget"
  | "unsupported"
  | "not_in_book"
  | "language_unsupported";
export type Verdict = "supported" | "weak" | "unsupported";

/** UTF-16 code units of `Answer.response`, as `String.prototype.slice` counts them. */
export interface Span {
  start: number;
  end: number;
}

/** A sentence of the book that supports a claim of the answer; `url` opens the page at it. */
export interface Quote {
  text: string;
  url: string;
  claim: Span;
}

/** A cited section under the number `n` that the answer uses. */
export interface Citation {
  n: number;
  passage_id: string;
  title: string;
  heading: string;
  url: string;
  quote: string;
  quotes: Quote[];
  score: number;
}

export interface Section {
  title: string;
  url: string;
}

export interface Grounding {
  score: number | null;
  sentences: (Span & { verdict: Verdict; n: number[] })[];
  unsupported: Span[];
}

/** A budget that has too little left, and until when. */
export interface Cap {
  limit: string;
  scope: string;
  resets_at: string;
  detail: string;
}

export interface Answer {
  response: string;
  mode: Mode;
  /** Null for a generated answer alone. */
  reason: Reason | null;
  retrieval: "hybrid" | "keywords";
  citations: Citation[];
  /** The sections that come closest, where nothing is cited. */
  nearest: Section[];
  /** Questions that the cited sections answer, or else the nearest ones. */
  follow_ups: Suggestion[];
  sources: string[];
  grounding: Grounding;
  usage: { prompt_tokens: number; completion_tokens: number; cost_usd: number };
  budget: Cap | null;
  stored: boolean;
  request_id: string;
  session_id: string | null;
  message_id: string | null;
}

export interface Turn {
  role: "user" | "assistant";
  content: string;
}

export interface Question {
  query: string;
  /** What the reader selected on the page. */
  selected_text?: string | undefined;
  /** The page that the reader has open: its origin and path. */
  page?: string | undefined;
  /** A stored conversation of the account. */
  session_id?: string | null | undefined;
  /** Earlier turns, oldest first, for readers without an account. */
  history?: Turn[] | undefined;
  format?: Format | undefined;
}

export interface StartEvent {
  name: "start";
  data: { question: string; request_id: string; session_id: string | null; message_id: string | null };
}
export interface SourcesEvent {
  name: "sources";
  data: { citations: Citation[] };
}
export interface DeltaEvent {
  name: "delta";
  data: { text: string };
}
/** Its response replaces the text that was streamed. */
export interface FinalEvent {
  name: "final";
  data: Answer;
}
export type StreamEvent = StartEvent | SourcesEvent | DeltaEvent | FinalEvent;

/** An error response, as in RFC 9457. `detail` is a sentence for readers. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  title?: string;
  request_id?: string;
  retry_after?: number | null;
  limit?: string | null;
  scope?: string | null;
  resets_at?: string | null;
  fields?: { field: string; reason: string }[] | null;
}

export interface Passage {
  passage_id: string;
  title: string;
  heading: string;
  url: string;
  text: string;
  score: number;
}

export interface SearchResult {
  passages: Passage[];
  retrieval: "hybrid" | "keywords";
}

export interface Suggestion {
  question: string;
  url: string;
}

export type FeedbackReason =
  | "incorrect"
  | "not_what_i_asked"
  | "slow_or_buggy"
  | "style_or_tone"
  | "safety_or_legal"
  | "other";

/** About an answer of the account (`message_id`) or of the last day (`request_id`). A null rating withdraws it. */
export interface Feedback {
  message_id?: string | undefined;
  request_id?: string | undefined;
  rating: "up" | "down" | null;
  reason?: FeedbackReason | undefined;
  /** The number of a citation that does not prove its claim. */
  citation?: number | undefined;
  comment?: string | undefined;
}

export interface Vote {
  rating: "up" | "down";
  reason: FeedbackReason | null;
  citation: number | null;
  comment: string | null;
}

export interface Session {
  id: string;
  user_id: string;
  title: string;
  created_at: string;
  updated_at: string;
  is_active: boolean;
  message_count: number;
}

export interface Message {
  id: string;
  session_id: string;
  role: "user" | "assistant" | "system";
  content: string;
  selected_text: string | null;
  created_at: string;
  sources: string[] | null;
  citations: Citation[] | null;
  /** The reader's own vote on an answer. */
  feedback: Vote | null;
}

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface SignedIn {
  token: string;
  user: User;
}

/** What a page may know about the service. */
export interface Config {
  service: string;
  version: string;
  /** Whether this page's origin is in CORS_ALLOWED_ORIGINS; null for a request without an origin. */
  origin_allowed: boolean | null;
  book: { title: string | null; url: string; loaded: boolean | null };
  answers: "generated" | "extractive";
  /** The hosts of other networks that a question is sent to, such as that of the model. */
  question_hosts: string[];
  feedback: { kept: boolean };
  auth: { mode: "off" | "optional" | "required"; sign_up: "open" | "closed"; forgotten_password: string | null };
  limits: { query: number; selected_text: number; history_entries: number; history_entry: number };
  budget: { spent: Cap[] };
  /** An address with `{question}` and `{page}`, where readers find people who help. */
  support_url: string | null;
  kept: { what: string; days: number | null; detail: string }[];
}
