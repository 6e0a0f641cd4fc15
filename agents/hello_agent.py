"""The tool loop by hand: python -m agents.hello_agent "How many r are in strawberry?"

The openai package and nothing else: what every agent framework does underneath.
"""

import json
from collections.abc import Iterator
from typing import Any

from agents.runtime import run
from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult, Usage
from kit.endpoint import endpoint, openai_client

SUMMARY = ("the tool loop by hand, with the openai package alone", "只用 openai 包，手写工具调用循环")

MODEL_CALLS = 5
ANSWER_TOKENS = 512
COUNT_LETTER: Any = {
    "type": "function",
    "function": {
        "name": "count_letter",
        "description": "Count how often a letter stands in a word.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}, "letter": {"type": "string"}},
            "required": ["word", "letter"],
        },
    },
}


def count_letter(word: str, letter: str) -> int:
    return word.lower().count(letter.lower())


FUNCTIONS = {"count_letter": count_letter}


class HelloAgent:
    def __init__(self) -> None:
        self.client = openai_client()
        self.messages: list[Any] = [{"role": "system", "content": "Count with the tool. Answer briefly."}]

    def ask(self, question: str) -> Iterator[Step]:
        messages = [*self.messages, {"role": "user", "content": question}]
        for _ in range(MODEL_CALLS):
            with self.client.chat.completions.stream(
                model=endpoint("CHAT").model,
                messages=messages,
                tools=[COUNT_LETTER],
                temperature=0,
                max_tokens=ANSWER_TOKENS,
                stream_options={"include_usage": True},
            ) as stream:
                yield from (TextDelta(event.delta) for event in stream if event.type == "content.delta")
                completion = stream.get_final_completion()
            if used := completion.usage:
                cached = used.prompt_tokens_details and used.prompt_tokens_details.cached_tokens
                yield Usage(used.prompt_tokens, used.completion_tokens, cached or 0)
            message = completion.choices[0].message
            messages.append(message.to_dict(exclude_none=True))
            if not message.tool_calls:
                # Only now, so that an answer that is stopped or fails leaves no half turn behind.
                self.messages = messages
                return
            for call in message.tool_calls:
                try:
                    arguments = json.loads(call.function.arguments)
                    yield ToolCall(call.id, call.function.name, arguments)
                    result, failed = str(FUNCTIONS[call.function.name](**arguments)), False
                except Exception as error:  # whatever is wrong with a call, the model may fix it
                    result, failed = f"Error: {error}", True
                yield ToolResult(call.id, call.function.name, result, failed)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        yield Note(f"Stopped after {MODEL_CALLS} model calls.", f"已调用模型 {MODEL_CALLS} 次，停止。")


if __name__ == "__main__":
    run(HelloAgent, __doc__)
