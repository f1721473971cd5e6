// The client against a running Glossator at BACKEND with the two pages of tests/processes.py, and accounts.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Client, ServerError } from "glossator-client";

const backend = process.env.BACKEND;
const origin = "https://book.example";
const options = { skip: backend ? false : "BACKEND names no running server" };
const query = "Why does Mars look red?";

/** As on a page of an allowed origin: the server signs nobody in for a page that it does not know. */
function client() {
  return new Client({ backend, fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, origin } }) });
}

async function collect(events) {
  const all = [];
  for await (const one of events) all.push(one);
  return all;
}

test("what a page may know", options, async () => {
  const config = await client().config();

  assert.deepEqual([config.service, config.origin_allowed, config.book.loaded], ["glossator", true, true]);
  assert.equal(config.auth.mode, "optional");
  assert.ok(config.limits.query > 0 && config.kept.length > 0);
});

test("an answer, whole and as a stream", options, async () => {
  const whole = await client().ask({ query });
  const events = await collect(client().stream({ query }));

  const names = events.map(({ name }) => name);
  const final = events.at(-1).data;
  assert.deepEqual([names[0], names[1], names.at(-1)], ["start", "sources", "final"]);
  assert.ok(names.includes("delta"));
  assert.equal(final.response, whole.response);
  assert.match(final.citations[0].quotes[0].text, /rusty iron/);
  const { claim } = final.citations[0].quotes[0];
  assert.notEqual(final.response.slice(claim.start, claim.end), "");
});

test("the events of a stream, for the schema to check", { skip: !process.env.EVENTS && "EVENTS names no file" }, async () => {
  await writeFile(process.env.EVENTS, JSON.stringify(await collect(client().stream({ query }))));
});

test("a question that the book does not answer", options, async () => {
  const answer = await client().ask({ query: "What does a train ticket to Lisbon cost?" });

  assert.deepEqual([answer.mode, answer.citations], ["declined", []]);
});

test("sections while typing, and by meaning", options, async () => {
  const words = await client().search("rusty ir", { mode: "words", limit: 3 });
  const meaning = await client().search(query, { limit: 1 });

  assert.equal(words.passages[0].heading, "Colour");
  assert.deepEqual([words.retrieval, meaning.passages.length], ["keywords", 1]);
});

test("questions that the book answers, for the whole book and for a page", options, async () => {
  const starters = await client().suggestions();
  const ofPage = await client().suggestions({ page: "https://elsewhere.example/read/mars", limit: 1 });

  assert.ok(starters.length > 0 && starters.every(({ question, url }) => question.endsWith("?") && url.includes("/read/")));
  assert.equal(ofPage.length, 1);
  assert.equal((await client().ask({ query: ofPage[0].question })).mode, "extractive");
});

test("an account's conversations, from sign-up to their deletion", options, async () => {
  const reader = client();
  const { user } = await reader.auth.signUp({ email: "ada@client.example", password: "correct-horse", name: "Ada" });
  const asked = (await collect(reader.stream({ query }))).at(-1).data;
  const { sessions, total } = await reader.sessions.list({ limit: 1 });
  await reader.sessions.rename(sessions[0].id, "Mars");
  const { session, messages } = await reader.sessions.get(asked.session_id);
  const exported = await reader.sessions.export(session.id, "text");
  const again = client();
  await again.auth.signIn({ email: "ada@client.example", password: "correct-horse" });
  const seen = await again.auth.session();
  await again.sessions.delete(session.id);
  await again.sessions.create("Empty");
  await again.sessions.deleteAll();

  assert.deepEqual([user.name, seen.user.name, asked.stored, total, session.title], ["Ada", "Ada", true, 1, "Mars"]);
  assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant"]);
  assert.ok(exported.content.includes(query));
  assert.equal((await again.sessions.list()).total, 0);
  await again.auth.signOut();
  assert.equal(await again.auth.session(), null);
});

test("a vote is given, changed and withdrawn", options, async () => {
  const reader = client();
  await reader.auth.signUp({ email: "eve@client.example", password: "correct-horse", name: "Eve" });
  const { session_id, message_id } = await reader.ask({ query });
  const votes = [];
  for (const vote of [{ rating: "up" }, { rating: "down", reason: "incorrect", citation: 1, comment: "No." }, { rating: null }]) {
    await reader.feedback({ message_id, ...vote });
    votes.push((await reader.sessions.get(session_id)).messages[1].feedback);
  }
  const anonymous = await client().ask({ query });
  await client().feedback({ request_id: anonymous.request_id, rating: "up" });

  assert.deepEqual(votes[1], { rating: "down", reason: "incorrect", citation: 1, comment: "No." });
  assert.deepEqual([votes[0].rating, votes[2]], ["up", null]);
  await assert.rejects(client().feedback({ message_id, rating: "up" }), { status: 404, code: "answer_not_found" });
});

test("errors carry the code and a sentence for readers", options, async () => {
  const stranger = client();
  stranger.setToken("expired");

  await assert.rejects(client().ask({ query: " " }), { status: 422, code: "invalid_field" });
  await assert.rejects(client().sessions.list(), { status: 401, code: "unauthorized" });
  await assert.rejects(collect(stranger.stream({ query })), (error) => error instanceof ServerError && error.status === 401);
});
