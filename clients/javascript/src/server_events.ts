import { ConnectionError, parseJson, ServerError } from "./errors.ts";
import type { Problem, StreamEvent } from "./types.ts";

const NAMES: ReadonlySet<string> = new Set(["start", "sources", "delta", "final"]);

/**
 * The events of `/chat/stream`, ending after `final`. Throws ServerError for an `error` event and ConnectionError when
 * the stream ends early; leaving the loop cancels the request. Events that a newer server adds are skipped.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const block of blocks(body)) {
    const { name, data } = parseBlock(block);
    if (name === "error") throw new ServerError(data as Problem);
    if (NAMES.has(name)) yield { name, data } as StreamEvent;
    if (name === "final") return;
  }
  throw new ConnectionError("The stream ended before the answer was complete.");
}

/** Safari has no async iterator of a ReadableStream, so this reads it by hand. */
async function* blocks(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const whole = (waiting + decoder.decode(read.value, { stream: true })).split(/\r?\n\r?\n/);
      waiting = whole.pop() ?? "";
      yield* whole;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): { name: string; data: unknown } {
  let name = "";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5));
  }
  return { name, data: name === "" ? null : parseJson(data.join("\n")) };
}
