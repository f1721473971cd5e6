// A server whose every response a test writes, and which remembers the requests.
import { once } from "node:events";
import { createServer } from "node:http";

export async function scripted(respond) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const seen = { method: request.method, path: request.url, headers: request.headers, body };
    seen.closed = once(response, "close");
    requests.push(seen);
    await respond(response, seen);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

export function json(status, body, type = "application/json") {
  return (response) => response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

/** Writes the bytes as chunks of `size`, so that events and characters arrive in pieces. */
export function streaming(text, size = Infinity) {
  const bytes = Buffer.from(text);
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      await new Promise(setImmediate);
    }
    response.end();
  };
}
