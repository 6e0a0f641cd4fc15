"""A response as it is told: every event, and the whole of it at last."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from server.api.identifiers import unique
from server.api.responses.output import Event, ResponseOutput
from server.api.responses.request import ResponseRequest
from server.api.responses.store import Item, ResponseStore
from server.api.served import CHAT_ID
from server.chat.answer import Answer

# What comes back as it was sent, and what it is where nothing was.
ECHOED: dict[str, Any] = {
    "instructions": None,
    "previous_response_id": None,
    "max_output_tokens": None,
    "temperature": None,
    "top_p": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "store": True,
    "tool_choice": "auto",
    "tools": [],
    "truncation": "disabled",
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "safety_identifier": None,
    "prompt_cache_key": None,
    "user": None,
    "top_logprobs": 0,
    "background": False,
}


async def events_of(
    answer: Answer, asked: ResponseRequest, given: list[Item], earlier: list[Item], store: ResponseStore
) -> AsyncIterator[Event]:
    """Every event in order, numbered; the last one carries the response whole, which then is stored.

    `given` are the input items of `asked`, `earlier` those of the conversation before it.
    """
    response, output = _head(asked), ResponseOutput()
    number = 0

    def numbered(event: Event) -> Event:
        nonlocal number
        number += 1
        return {**event, "sequence_number": number - 1}

    for kind in ("response.created", "response.in_progress"):
        yield numbered({"type": kind, "response": response})
    async for delta in answer:
        for event in output.add(delta):
            yield numbered(event)
    cut = answer.finish_reason == "length"
    for event in output.close(complete=not cut):
        yield numbered(event)
    response = response | {"output": output.items, "usage": _usage(answer)}
    if cut:
        response |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    else:
        response |= {"status": "completed", "completed_at": int(time.time())}
    if response["store"]:
        await asyncio.to_thread(store.put, response, given, earlier + given + output.items)
    yield numbered({"type": f"response.{response['status']}", "response": response})


async def last(events: AsyncIterator[Event]) -> Any:
    """The whole response."""
    response = None
    async for event in events:
        response = event.get("response", response)
    return response


def _head(asked: ResponseRequest) -> dict[str, Any]:
    given = asked.model_dump(include={*ECHOED, "text"}, exclude_unset=True)
    echoed = {
        field: default if given.get(field) is None else given[field] for field, default in ECHOED.items()
    }
    echoed["tools"] = [{"strict": False, "parameters": None} | tool for tool in echoed["tools"]]
    return echoed | {
        "id": unique("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "model": CHAT_ID,
        "status": "in_progress",
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
        "text": _text(given.get("text") or {}),
    }


def _text(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "format": given.get("format") or {"type": "text"}}


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }
