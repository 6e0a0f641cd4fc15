// The official client of npm: chat, tools, streams, responses.
import OpenAI from "openai";
import assert from "node:assert/strict";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any", maxRetries: 0 });
const model = "moly-chat";
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const weather = { name: "get_weather", description: "Current weather of a city", parameters };
const user = { role: "user", content: "What is the weather in Oslo?" };

const tools = [{ type: "function", function: weather }];
const called = await client.chat.completions.create({ model, messages: [user], tools, temperature: 0, max_tokens: 60 });
const message = called.choices[0].message;
assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: "Oslo" });

const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "minus 17 degrees, snow" };
const stream = client.chat.completions.stream({ model, messages: [user, message, result], tools, temperature: 0, max_tokens: 60 });
const said = (await stream.finalChatCompletion()).choices[0].message.content;
assert.match(said, /17|snow/);

const first = await client.responses.create({ model, input: "My name is Zebediah. Say hello.", temperature: 0, max_output_tokens: 30 });
const second = await client.responses.create({
  model, input: "What is my name?", previous_response_id: first.id, temperature: 0, max_output_tokens: 30,
});
assert.match(second.output_text, /Zebediah/);
assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
assert.equal((await client.responses.inputItems.list(first.id)).data.length, 1);
await client.responses.delete(first.id);
await assert.rejects(client.responses.retrieve(first.id), { status: 404 });

const vectors = await client.embeddings.create({ model: "moly-embedding", input: ["query: moon"] });
assert.equal(vectors.data[0].embedding.length, 384);
console.log("ok");
