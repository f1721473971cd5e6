// The client against responses that a test writes: what it sends, and what it makes of streams and errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, ConnectionError, ServerError } from "glossator-client";
import { json, scripted, streaming } from "./scripted_server.mjs";

const START = { question: "Why?", request_id: "r", session_id: null, message_id: null };
const FINAL = { response: "Mars is red: روشن 🚀", mode: "generated", citations: [] };

function event(name, data, end = "\n") {
  return `id: 1${end}event: ${name}${end}data: ${JSON.stringify(data)}${end}${end}`;
}

async function using(respond, work) {
  const server = await scripted(respond);
  try {
    return await work(new Client({ backend: server.url }), server);
  } finally {
    await server.close();
  }
}

async function collect(events) {
  const all = [];
  for await (const one of events) all.push(one);
  return all;
}

for (const [how, end, size] of [["at once", "\n", Infinity], ["byte by byte", "\n", 1], ["with CRLF", "\r\n", 3]]) {
  test(`a stream that arrives ${how} gives the same events`, async () => {
    const parts = [["start", START], ["sources", { citations: [] }], ["delta", { text: "روشن 🚀\n\n" }], ["final", FINAL]];
    const text = parts.map(([name, data]) => event(name, data, end)).join(`: still here${end}${end}`);

    const events = await using(streaming(text, size), (client) => collect(client.stream({ query: "Why?" })));

    assert.deepEqual(events, parts.map(([name, data]) => ({ name, data })));
  });
}

test("events that a newer server adds are skipped", async () => {
  const text = event("start", START) + event("thinking", { step: 1 }) + event("final", FINAL);

  const events = await using(streaming(text), (client) => collect(client.stream({ query: "Why?" })));

  assert.deepEqual(events.map(({ name }) => name), ["start", "final"]);
});

test("an error event is thrown with its code", async () => {
  const problem = { status: 503, code: "shutting_down", detail: "The service is restarting.", retry_after: 5 };
  const text = event("start", START) + event("error", problem);

  const failed = using(streaming(text), (client) => collect(client.stream({ query: "Why?" })));

  await assert.rejects(failed, (error) => {
    assert.ok(error instanceof ServerError);
    assert.deepEqual([error.status, error.code, error.message], [503, "shutting_down", "The service is restarting."]);
    assert.equal(error.problem.retry_after, 5);
    return true;
  });
});

for (const [what, text] of [["ends early", event("start", START)], ["holds no JSON", "event: final\ndata: <p>\n\n"]]) {
  test(`a stream that ${what} is a connection error`, async () => {
    await assert.rejects(using(streaming(text), (client) => collect(client.stream({ query: "?" }))), ConnectionError);
  });
}

test("a stream that is cut is a connection error", async () => {
  const cut = (response) => {
    response.writeHead(200);
    response.write(event("start", START), () => response.destroy());
  };

  await assert.rejects(using(cut, (client) => collect(client.stream({ query: "Why?" }))), ConnectionError);
});

function unfinished(response) {
  response.writeHead(200).write(event("start", START));
}

test("leaving the loop closes the connection", async () => {
  await using(unfinished, async (client, server) => {
    for await (const { name } of client.stream({ query: "Why?" })) {
      assert.equal(name, "start");
      break;
    }
    await server.requests[0].closed;
  });
});

test("aborting closes the connection and throws an AbortError", async () => {
  await using(unfinished, async (client, server) => {
    const stop = new AbortController();
    const reading = collect(client.stream({ query: "Why?" }, { signal: stop.signal }));
    while (server.requests.length === 0) await new Promise(setImmediate);
    stop.abort();
    await assert.rejects(reading, { name: "AbortError" });
    await server.requests[0].closed;
  });
});

test("a problem response is thrown with everything it says", async () => {
  const problem = { status: 429, code: "too_many_requests", detail: "Wait.", retry_after: 60, limit: "chat", scope: "network" };

  const failed = using(json(429, problem, "application/problem+json"), (client) => client.ask({ query: "Why?" }));

  await assert.rejects(failed, { name: "ServerError", status: 429, code: "too_many_requests", message: "Wait.", problem });
});

test("Better Auth's codes are in lower case like all others", async () => {
  const body = { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password", detail: "Invalid email or password" };

  const failed = using(json(401, body), (client) => client.auth.signIn({ email: "a@b.example", password: "x" }));

  await assert.rejects(failed, { status: 401, code: "invalid_email_or_password" });
});

test("an error page of a proxy is a server error with its status", async () => {
  const page = (response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");

  await assert.rejects(using(page, (client) => client.config()), { name: "ServerError", status: 502, code: "http_502" });
});

test("a page in place of JSON is a connection error", async () => {
  const page = (response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in to the network</h1>");

  await assert.rejects(using(page, (client) => client.config()), ConnectionError);
});

test("an unreachable server is a connection error", async () => {
  const server = await scripted(() => undefined);
  await server.close();

  await assert.rejects(new Client({ backend: server.url }).config(), ConnectionError);
});

test("the token is sent from setToken on, and not after it is removed", async () => {
  await using(json(200, {}), async (client, server) => {
    await client.sessions.list();
    client.setToken("secret");
    await client.sessions.list();
    client.setToken(null);
    await client.sessions.list();
    assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), [undefined, "Bearer secret", undefined]);
  });
});

test("what is the same for every reader is requested without the token", async () => {
  await using(json(200, {}), async (client, server) => {
    client.setToken("secret");
    await client.config();
    await client.suggestions();
    assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), [undefined, undefined]);
  });
});

test("signing in sets the token, and signing out removes it", async () => {
  await using(json(200, { token: "t", user: {} }), async (client, server) => {
    await client.auth.signIn({ email: "a@b.example", password: "correct-horse" });
    await client.auth.session();
    await client.auth.signOut();
    await client.auth.session();
    assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), [undefined, "Bearer t", "Bearer t", undefined]);
  });
});

const CALLS = [
  [(client) => client.ask({ query: "Why?" }), "POST /chat", { format: "markdown", query: "Why?" }],
  [(client) => client.search("red", { limit: 5, mode: "words" }), "POST /search", { query: "red", limit: 5, mode: "words" }],
  [(client) => client.suggestions(), "GET /suggestions", null],
  [(client) => client.suggestions({ page: "/a b/ü" }), "GET /suggestions?page=%2Fa+b%2F%C3%BC", null],
  [(client) => client.feedback({ request_id: "r", rating: null }), "POST /feedback", { request_id: "r", rating: null }],
  [(client) => client.sessions.list({ limit: 5 }), "GET /api/chat/sessions?limit=5", null],
  [(client) => client.sessions.get("../x"), "GET /api/chat/sessions/..%2Fx", null],
  [(client) => client.sessions.rename("x", "Mars"), "PATCH /api/chat/sessions/x/title", { title: "Mars" }],
  [(client) => client.sessions.delete("x"), "DELETE /api/chat/sessions/x", null],
  [(client) => client.sessions.deleteAll(), "DELETE /api/chat/history", null],
  [(client) => client.sessions.export("x"), "GET /api/chat/sessions/x/export?format=markdown", null],
];
for (const [call, line, body] of CALLS) {
  test(`sends ${line}${body ? ` ${JSON.stringify(body)}` : ""}`, async () => {
    await using(json(200, {}), async (client, server) => {
      await call(client);
      const [sent] = server.requests;
      assert.equal(`${sent.method} ${sent.path}`, line);
      assert.deepEqual(sent.body ? JSON.parse(sent.body) : null, body);
      assert.equal(sent.headers["content-type"], body ? "application/json" : undefined);
    });
  });
}

test("a response without a body is fine, and a backend may end with slashes", async () => {
  const empty = (response) => response.writeHead(204).end();
  await using(empty, async (_, server) => {
    await new Client({ backend: `${server.url}//` }).feedback({ request_id: "r", rating: "up" });
    assert.equal(server.requests[0].path, "/feedback");
  });
});
