// The page to try the book: a question box for POST /chat/stream. All content is inserted as text, never as HTML.

const MODES = {
  generated: "",
  extractive: "Quoted word for word from the book; no language model wrote this.",
  declined: "The book does not say. Nothing was made up.",
};
const LOST = "The connection to the server was lost. Please ask again.";
const HISTORY_TURNS = 10;

/** An error response of the server; all other errors are connection errors. */
class ServerError extends Error {}

const form = document.getElementById("ask");
const input = document.getElementById("query");
const button = form.querySelector("button");
const turns = document.getElementById("turns");
const history = [];

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const query = input.value.trim();
  if (!query) return;
  const turn = showQuestion(query);
  button.disabled = true;
  try {
    await ask(query, turn);
    input.value = "";
  } catch (error) {
    turn.fail(error instanceof ServerError ? error.message : LOST);
  } finally {
    button.disabled = false;
    input.focus();
  }
});

async function ask(query, turn) {
  const answer = await fetch("/chat/stream", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, history: history.slice(-HISTORY_TURNS), format: "text" }),
  });
  if (!answer.ok) throw new ServerError((await answer.json()).detail);
  for await (const { name, data } of events(answer.body)) {
    if (name === "delta") turn.add(data.text);
    if (name === "error") throw new ServerError(data.detail);
    if (name === "final") {
      turn.finish(data);
      history.push({ role: "user", content: query }, { role: "assistant", content: data.response.slice(0, 4000) });
      return;
    }
  }
  throw new Error("the stream ended early");
}

async function* events(stream) {
  let waiting = "";
  for await (const chunk of chunks(stream.pipeThrough(new TextDecoderStream()))) {
    const blocks = (waiting + chunk).split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      if (fields.event) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function showQuestion(query) {
  const article = add(turns, "article");
  turns.prepend(article);
  add(article, "h2", query);
  const response = add(article, "div", "", "response");
  return {
    add: (text) => response.append(text),
    fail: (text) => {
      if (!response.textContent) response.remove();
      add(article, "p", text, "error");
    },
    finish: (answer) => {
      response.textContent = withoutSources(answer);
      const isQuoted = answer.mode !== "extractive" || answer.citations.length > 0;
      if (isQuoted && MODES[answer.mode]) add(article, "p", MODES[answer.mode], "mode");
      if (answer.citations.length) showCitations(add(article, "ol"), answer.citations);
    },
  };
}

function withoutSources(answer) {
  const first = answer.citations[0];
  const lines = first ? answer.response.lastIndexOf(`\n\n[${first.n}] `) : -1;
  return lines < 0 ? answer.response : answer.response.slice(0, lines);
}

function showCitations(list, citations) {
  for (const { n, title, heading, url, quote } of citations) {
    const item = add(list, "li");
    add(item, "span", `[${n}]`, "n");
    const link = add(item, "a", heading && heading !== title ? `${title} › ${heading}` : title);
    link.href = url;
    add(item, "blockquote", quote);
  }
}

function add(parent, name, text = "", className = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}
