// One reader who stays: each line of standard input is a step `{call: ["signIn", "email"], with: {...}}`, or `{fetch: "/chat",
// with: {...}}` for what the official client has no name for; each line of standard output is its outcome.
import { createInterface } from "node:readline";
import { outcome, reader } from "./reader.mjs";

const options = JSON.parse(process.argv[2]);
const { client } = reader(options);

for await (const line of createInterface({ input: process.stdin })) {
  const step = JSON.parse(line);
  const done = step.fetch
    ? await client.$fetch(`${options.baseURL}${step.fetch}`, { method: step.with ? "POST" : "GET", body: step.with ?? undefined })
    : await step.call.reduce((part, name) => part[name], client)(step.with);
  process.stdout.write(`${JSON.stringify(outcome(done))}\n`);
}
