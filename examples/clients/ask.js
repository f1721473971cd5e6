// Asks the book through the official OpenAI client: node ask.js BACKEND QUESTION
import OpenAI from "openai";

const [backend, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${backend}/v1`, apiKey: "anonymous" });
const messages = [{ role: "user", content: question }];

const models = await client.models.list();
console.log(`models: ${models.data.map((model) => model.id).join(", ")}`);

const whole = await client.chat.completions.create({ model: "book", messages });
const [choice] = whole.choices;
console.log(`answer: ${choice.message.content}`);
for (const { url_citation: cited } of choice.message.annotations) console.log(`cited: ${cited.url}`);

let streamed = "";
for await (const chunk of await client.chat.completions.create({ model: "book", messages, stream: true })) {
  streamed += chunk.choices[0]?.delta.content ?? "";
}
if (streamed !== choice.message.content) throw new Error("the stream differs from the whole answer");

try {
  await client.models.retrieve("unknown");
} catch (error) {
  console.log(`an unknown model: ${error.status} ${error.message}`);
}
