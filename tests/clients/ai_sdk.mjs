// Vercel's AI SDK: its default OpenAI provider, which speaks /v1/responses, and the one for compatible servers.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import assert from "node:assert/strict";
import { z } from "zod";

const baseURL = process.argv[2];
const providers = {
  responses: createOpenAI({ baseURL, apiKey: "any" })("moly-chat"),
  chat: createOpenAI({ baseURL, apiKey: "any" }).chat("moly-chat"),
  compatible: createOpenAICompatible({ name: "moly", baseURL, supportsStructuredOutputs: true })("moly-chat"),
};
const model = providers[process.argv[3]];
const common = { model, temperature: 0, maxOutputTokens: 60, maxRetries: 0 };

// An earlier answer goes back: by the first provider, as a reference to an item.
const messages = [{ role: "user", content: "My name is Zebediah. Say hello." }];
const first = await generateText({ ...common, messages });
messages.push(...first.response.messages, { role: "user", content: "What is my name?" });
assert.match((await generateText({ ...common, messages })).text, /Zebediah/);

const tools = {
  get_weather: tool({
    description: "Current weather of a city",
    inputSchema: z.object({ city: z.string(), tags: z.array(z.string()).optional() }),
    execute: async ({ city }) => `${city}: minus 17 degrees, snow`,
  }),
};
const answered = streamText({ ...common, prompt: "What is the weather in Oslo?", tools, stopWhen: stepCountIs(4) });
await answered.consumeStream();
const steps = await answered.steps;
assert.deepEqual(steps[0].toolCalls[0].input.city, "Oslo");
assert.match(await answered.text, /17|snow/);

const schema = z.object({ name: z.string(), age: z.number().int().min(0).max(120) });
const { object } = await generateObject({ ...common, schema, prompt: "Alice is 30 years old." });
assert.deepEqual(object, { name: "Alice", age: 30 });
console.log("ok");
