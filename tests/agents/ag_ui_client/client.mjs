// node client.mjs URL STEP... - a page's side of AG-UI, with the protocol's own client.
// A step is a question, =yes or =no for the approvals that are waited for, or !question to abort once it is answered.
// Prints one JSON object: the messages that the page would show, and how each run ended.
import { HttpAgent } from "@ag-ui/client";

const [url, ...steps] = process.argv.slice(2);
const agent = new HttpAgent({ url, threadId: "page" });
const runs = [];

for (const [number, step] of steps.entries()) {
  const run = { events: [] };
  const subscriber = {
    onEvent: ({ event }) => {
      run.events.push(event.type);
      if (step.startsWith("!") && event.type === "TEXT_MESSAGE_CONTENT") agent.abortRun();
    },
    onRunFinishedEvent: ({ event }) => { run.outcome = event.outcome?.type; run.usage = event.usage; },
    onRunErrorEvent: ({ event }) => { run.error = event.message; },
  };
  const parameters = {};
  if (step.startsWith("=")) {
    const payload = { approved: step === "=yes" };
    parameters.resume = agent.pendingInterrupts.map(({ id }) => ({ interruptId: id, status: "resolved", payload }));
  } else {
    agent.addMessage({ id: `question-${number}`, role: "user", content: step.replace(/^!/, "") });
  }
  try {
    await agent.runAgent(parameters, subscriber);
  } catch (error) {
    run.thrown = error.message;
  }
  run.waits = agent.pendingInterrupts.map(({ message }) => message);
  runs.push(run);
}
console.log(JSON.stringify({ messages: agent.messages, runs }));
