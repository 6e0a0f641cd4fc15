"""A conversation with the chat model as requests: what was said, what comes back, and the same as code."""

import json
from collections.abc import AsyncIterator
from typing import Any

from server.page.calls import Calls

CODE = """\
import openai

client = openai.OpenAI(base_url={url!r}, api_key={key!r})
answer = client.chat.completions.create(
    model="moly-chat",
{arguments})
print(answer.choices[0].message.content)"""


class Chat:
    """Each question goes out with all that was said before; a call of a tool waits for its result as the next."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @property
    def open_call(self) -> dict[str, Any] | None:
        """The first call that has no result yet."""
        answered = {message.get("tool_call_id") for message in self.messages}
        calls = (call for message in self.messages for call in message.get("tool_calls", []))
        return next((call for call in calls if call["id"] not in answered), None)

    @property
    def last_calls(self) -> list[dict[str, Any]]:
        """What was said last, as far as it is calls."""
        return [call for message in self.messages[-1:] for call in message.get("tool_calls", [])]

    def add(self, text: str) -> None:
        """A question, or the result of the open call."""
        if call := self.open_call:
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": text})
        else:
            self.messages.append({"role": "user", "content": text})

    def body(self, system: str, settings: dict[str, Any]) -> dict[str, Any]:
        first = [{"role": "system", "content": system}] if system else []
        return {"messages": [*first, *self.messages], **settings}

    async def answer(self, calls: Calls, body: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Chunks as they come; what was said up to the end, or a break, is part of the conversation then."""
        words, called, is_whole = "", list[dict[str, Any]](), False
        streamed = body | {"stream": True, "stream_options": {"include_usage": True}}
        try:
            async for chunk in calls.events("/v1/chat/completions", json=streamed):
                for delta in (choice["delta"] for choice in chunk["choices"]):
                    words += delta.get("content") or ""
                    for piece in delta.get("tool_calls", []):
                        if "id" in piece:
                            called.append({key: piece[key] for key in ("id", "type", "function")})
                        else:
                            called[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
                is_whole = is_whole or bool(chunk.get("usage"))
                yield chunk
        finally:
            if is_whole and called:  # a call that was stopped in its middle is none
                self.messages.append({"role": "assistant", "content": words, "tool_calls": called})
            elif words:
                self.messages.append({"role": "assistant", "content": words})
            elif self.messages[-1]["role"] == "user":
                self.messages.pop()  # a question that was not answered is not sent again with the next

    def as_code(self, body: dict[str, Any], url: str, key: str) -> tuple[str, str]:
        """Python, and a line for the shell."""
        if not self.messages:
            body["messages"].append({"role": "user", "content": "Who are you? 你是谁？"})
        shell = json.dumps(body, ensure_ascii=False, indent=1).replace("'", "'\\''")
        arguments = "".join(f"    {name}={value!r},\n" for name, value in body.items())
        curl = f"curl {url}/chat/completions -H \"Authorization: Bearer {key}\" -d '{shell}'"
        return CODE.format(url=url, key=key, arguments=arguments), curl
