// Readers who stay, each on a device of his own: each line of standard input is a step `{device: "phone", call: ["signIn",
// "email"], with: {...}}`, or `{device: "phone", fetch: "/chat", with: {...}}` for what the official client has no name for;
// each line of standard output is its outcome; `status` is 0 for what a browser would not send or not show.
import { createInterface } from "node:readline";
import { outcome, reader } from "./reader.mjs";

const options = JSON.parse(process.argv[2]);
const devices = {};

async function done({ call, fetch, device, ...step }) {
  const { client } = (devices[device] ??= reader(options));
  const body = step.with ?? undefined;
  if (fetch) return client.$fetch(`${options.baseURL}${fetch}`, { method: body ? "POST" : "GET", body });
  return call.reduce((part, name) => part[name], client)(body);
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await done(JSON.parse(line)).catch((error) => ({ error: { status: 0, code: error.message } }));
  process.stdout.write(`${JSON.stringify(outcome(result))}\n`);
}
