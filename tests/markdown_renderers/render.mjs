// Renders each line of stdin, a JSON string of Markdown, and prints the HTML as a JSON string.
import { createInterface } from "node:readline";
import { marked } from "marked";

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(marked.parse(JSON.parse(line)))}\n`);
}
