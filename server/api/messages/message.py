"""A message as it is told: whole, or event by event."""

from collections.abc import AsyncIterator
from typing import Any

from server.api.identifiers import unique
from server.api.messages.output import Event, MessageOutput
from server.api.served import CHAT_ID
from server.chat.answer import Answer

STOP_REASONS = {"length": "max_tokens", "tool_calls": "tool_use"}


async def whole(answer: Answer) -> dict[str, Any]:
    output = MessageOutput()
    async for delta in answer:
        for _ in output.add(delta):
            pass
    for _ in output.close():
        pass
    return _head() | _end(answer) | {"content": output.blocks, "usage": _usage(answer)}


async def events_of(answer: Answer) -> AsyncIterator[Event]:
    """What the prompt cost is told twice: how much of it was cached is known only at the end."""
    output = MessageOutput()
    yield {"type": "message_start", "message": _head() | {"usage": _usage(answer, begun=False)}}
    yield {"type": "ping"}
    async for delta in answer:
        for event in output.add(delta):
            yield event
    for event in output.close():
        yield event
    yield {"type": "message_delta", "delta": _end(answer), "usage": _usage(answer)}
    yield {"type": "message_stop"}


def _head() -> dict[str, Any]:
    return {
        "id": unique("msg_"),
        "type": "message",
        "role": "assistant",
        "model": CHAT_ID,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _end(answer: Answer) -> dict[str, Any]:
    if answer.stop_string is not None:
        return {"stop_reason": "stop_sequence", "stop_sequence": answer.stop_string}
    reason = STOP_REASONS.get(answer.finish_reason or "", "end_turn")
    return {"stop_reason": reason, "stop_sequence": None}


def _usage(answer: Answer, *, begun: bool = True) -> dict[str, Any]:
    """`input_tokens` are those that no earlier request had computed."""
    cached = answer.cached_tokens if begun else 0
    return {
        "input_tokens": answer.prompt_tokens - cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": answer.completion_tokens if begun else 0,
    }
