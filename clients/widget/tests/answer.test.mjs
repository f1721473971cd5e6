// How an answer is read: its blocks, formulas, numbers, links, direction, and which text the book does not prove.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { Blocks } = await bundled("answer/markdown/blocks.ts");
const { lex } = await bundled("answer/markdown/lexer.ts");
const { decoded } = await bundled("answer/markdown/entities.ts");
const { numberedParts, Proof } = await bundled("answer/proof.ts");
const { BookLinks } = await bundled("answer/links.ts");
const { directionOf } = await bundled("answer/direction.ts");

const ANSWER = `# Title

A paragraph [1] with \`code\`, *marks* and $x$.\r
Its second line.

- an item
  continued

  > quoted
- another

| a | b |
|---|---|
| 1 | 2 |

~~~py
x = "# no heading"

y
~~~

1. one
2. two

Setext
---

<b>raw</b>

$$
a \\\\ b
$$

The end 🚀`;

function readBy(text, size) {
  const blocks = new Blocks();
  const found = [];
  for (let at = 0; at < text.length; at += size) {
    blocks.append(text.slice(at, at + size));
    while (!blocks.isRead) found.push(...blocks.read());
  }
  return blocks.open ? [...found, blocks.open] : found;
}

for (const size of [1, 7, 100, Infinity]) {
  test(`pieces of ${size} characters give the same blocks at the same positions`, () => {
    const whole = readBy(ANSWER, ANSWER.length).map(({ token, start }) => [token.type, start]);

    const inPieces = readBy(ANSWER, Math.min(size, ANSWER.length)).map(({ token, start }) => [token.type, start]);

    assert.deepEqual(inPieces, whole);
    assert.deepEqual(whole.map(([type]) => type), [
      "heading", "paragraph", "list", "table", "code", "list", "heading", "paragraph", "formula", "paragraph",
    ]);
  });
}

test("the texts of the tokens are the text", () => {
  const text = ANSWER.replaceAll("\r", "");

  assert.equal(lex(text).map(({ raw }) => raw).join(""), text);
});

test("a long text is cut into blocks and loses nothing", () => {
  const text = "_a_ [1] ".repeat(10_000);

  const blocks = readBy(text, 5000);

  assert.ok(blocks.every(({ token }) => token.raw.length < 8000));
  assert.equal(blocks.map(({ token }) => token.raw).join(""), text);
});

for (const size of [300, Infinity]) {
  test(`a huge table in pieces of ${size} characters becomes tables that have all rows under its head`, () => {
    const rows = Array.from({ length: 2000 }, (_, number) => `| ${number} | a cell [1] |\n`);
    const text = `Before.\n\n| n | text |\n|---|---|\n${rows.join("")}\nAfter.`;

    const blocks = readBy(text, Math.min(size, text.length));
    const tables = blocks.filter(({ token }) => token.type === "table");

    assert.deepEqual([blocks[0].token.type, blocks.at(-1).token.raw], ["paragraph", "After."]);
    assert.equal(tables.length, blocks.length - 2);
    assert.ok(tables.length > 5);
    assert.ok(tables.every(({ token }) => token.header[1].text === "text" && token.raw.length < 8000));
    const found = tables.flatMap(({ token }) => token.rows.map((cells) => cells[0].text));
    assert.deepEqual(found, rows.map((_, number) => String(number)));
    for (const { token, start } of tables) {
      const last = token.raw.trim().split("\n").at(-1);
      assert.equal(text.indexOf(last), start + token.raw.indexOf(last));
    }
  });
}

for (const [name, text] of [["quotes", "> ".repeat(5000)], ["lists", "- ".repeat(5000)], ["brackets", "[".repeat(5000)]]) {
  test(`nested ${name} end as text`, () => {
    assert.equal(readBy(`${text}x`, Infinity).map(({ token }) => token.raw).join(""), `${text}x`);
  });
}

const FORMULAS = [
  ["$x$", ["x"]],
  ["so $a_b$, and $c$.", ["a_b", "c"]],
  ["\\(y\\) and \\[z\\]", ["y", "z"]],
  ["$$\na \\\\ b\n$$", ["a \\\\ b"]],
  ["It costs $5, or $6 a day", []],
  ["`$x$` and \\$y$", []],
  ["5$ and 6$", []],
];
for (const [text, expected] of FORMULAS) {
  test(`the formulas of ${JSON.stringify(text)}`, () => {
    const found = lex(text).flatMap((token) => (token.type === "formula" ? [token] : (token.tokens ?? [])));

    assert.deepEqual(found.filter(({ type }) => type === "formula").map(({ tex }) => tex), expected);
  });
}

test("a definition makes no link of a number", () => {
  const tokens = lex("[1]: https://evil.example\n\nA claim [1].");

  assert.deepEqual(tokens.at(-1).tokens.map(({ type }) => type), ["text"]);
});

for (const [text, numbers] of [
  ["A [1].", [[1]]],
  ["A [1][2]", [[1], [2]]],
  ["A [1, 3–5]", [[1, 3, 4, 5]]],
  ["A [x] and [1234] and [1.2]", []],
  ["A [9-1]", [[]]],
]) {
  test(`the numbers of ${JSON.stringify(text)}`, () => {
    const parts = [...numberedParts(text)];

    assert.deepEqual(parts.filter((part) => part.text.startsWith("[") && /^\[\d{1,3}\D/.test(part.text)).map((part) => part.numbers), numbers);
    assert.equal(parts.map((part) => part.text).join(""), text);
  });
}

test("a number shows the quotes for the sentences since the last one of its kind", () => {
  const quote = (text, start, end) => ({ text, url: `/read/page#:~:text=${text}`, claim: { start, end } });
  const citation = { n: 1, quote: "best", url: "/read/page", quotes: [quote("second", 20, 40), quote("first", 0, 18)] };
  const proof = new Proof([citation]);
  const quotes = (position, since) => proof.cited(1, position, since).quotes;

  assert.deepEqual(quotes(15, 0), ["first"]);
  assert.deepEqual(quotes(38, 15), ["second"]);
  assert.deepEqual(quotes(38, 0), ["first", "second"]);
  assert.deepEqual(quotes(90, 50), ["second"]);
  assert.equal(proof.cited(1, 38, 0).url, "/read/page#:~:text=first");
  assert.deepEqual(new Proof([{ ...citation, quotes: [] }]).cited(1, 15, 0).quotes, ["best"]);
  assert.equal(proof.cited(2, 15, 0), null);
});

test("text is cut where a doubt begins and ends", () => {
  const sentences = [
    { start: 0, end: 5, verdict: "supported", n: [1] },
    { start: 5, end: 8, verdict: "weak", n: [] },
    { start: 8, end: 9, verdict: "unsupported", n: [] },
  ];
  const pieces = new Proof([], { score: 0.3, sentences, unsupported: [] }).cut("abcdefghij", 0);

  assert.deepEqual(pieces.map(({ text, doubt }) => [text, doubt?.verdict]), [
    ["abcde", undefined], ["fgh", "weak"], ["i", "unsupported"], ["j", undefined],
  ]);
});

const BOOK = "https://book.example/guide/";
for (const [address, expected] of [
  ["https://book.example/guide/a?b#c", "https://book.example/guide/a?b#c"],
  ["https://book.example/guide/../secret", null],
  ["https://book.example/guided", null],
  ["https://book.example.evil.example/guide/", null],
  ["https://user@book.example/guide/", null],
  ["//evil.example/guide/", null],
  ["javascript:alert(1)", null],
  ["JaVaScRiPt:alert(1)", null],
  ["data:text/html,x", null],
  ["blob:https://book.example/guide/x", null],
  ["mailto:a@b.example", null],
  ["https://[", null],
  ["https://cited.example/page?x=1#other", "https://cited.example/page?x=1#other"],
  ["https://cited.example/else", null],
]) {
  test(`an answer links to ${address}: ${expected !== null}`, () => {
    const links = new BookLinks("https://backend.example", () => BOOK);
    links.allow([{ title: "", url: "https://cited.example/page?x=1#here" }]);

    assert.equal(links.inBook(address), expected);
  });
}

test("addresses of the built-in reader are the backend's", () => {
  const links = new BookLinks("https://backend.example", () => null);

  assert.equal(links.resolve("/read/page?at=1.2#a"), "https://backend.example/read/page?at=1.2#a");
  assert.equal(links.inBook("/read/other"), "https://backend.example/read/other");
  assert.equal(links.inBook("/admin"), null);
});

for (const [text, expected] of [
  ["English", "ltr"],
  ["", "ltr"],
  ["BM25 ایک طریقہ ہے جو k1 استعمال کرتا ہے", "rtl"],
  ["שלום", "rtl"],
  ["The word سلام means peace, and it is a greeting.", "ltr"],
  ["یہ کوڈ ہے:\n```py\n" + "x = value\n".repeat(50), "rtl"],
  ["日本語の答え", "ltr"],
]) {
  test(`the direction of ${JSON.stringify(text.slice(0, 30))}`, () => assert.equal(directionOf(text), expected));
}

test("entities are characters", () => {
  assert.equal(decoded("&lt;b&gt; &amp;amp; &#65;&#x1F680; &#0; &#x110000; &nbsp;&copy; &"), "<b> &amp; A🚀 &#0; &#x110000; \u00a0&copy; &");
});
