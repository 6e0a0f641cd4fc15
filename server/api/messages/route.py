"""`POST /v1/messages`."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from server.api.errors import ApiError
from server.api.messages.message import events_of, whole
from server.api.messages.request import CountRequest, MessageRequest
from server.api.served import Served, ServedDep
from server.api.streaming import event_stream, unless_disconnected
from server.api.unenforced import unenforced
from server.chat.answer import Answer
from server.chat.plan import Plan
from server.engine.engine import ContextLengthExceeded

router = APIRouter(prefix="/v1/messages", tags=["messages"])


@router.post("")
async def create(body: MessageRequest, request: Request, response: Response, served: ServedDep) -> Any:
    plan = await asyncio.to_thread(_plan, body, served)
    headers = unenforced(plan)
    answer = _answer(plan, served)
    if body.stream:
        return event_stream(events_of(answer), named=True, headers=headers)
    response.headers.update(headers)
    return await unless_disconnected(request, whole(answer))


@router.post("/count_tokens")
async def count_tokens(body: CountRequest, served: ServedDep) -> dict[str, int]:
    """How many tokens a request for a message would have to read."""
    plan = await asyncio.to_thread(_plan, body, served)
    return {"input_tokens": len(plan.prompt)}


def _plan(body: CountRequest, served: Served) -> Plan:
    body.check()
    return served.chat.plan(
        body.chat(),
        body.params(served.chat),
        stop=body.stops(),
        max_tokens=body.max_tokens,
        tools=body.toolbox(),
        variables=body.variables(),
        **body.form(),
    )


def _answer(plan: Plan, served: Served) -> Answer:
    try:
        return served.chat.answer(plan)
    except ContextLengthExceeded as error:
        # The first words are Anthropic's: coding agents look for them, and shorten the conversation.
        message = (
            f"prompt is too long: {error.prompt_tokens} tokens > {error.context_length} maximum. Send less, or raise "
            "CONTEXT_LENGTH in .env."
        )
        raise ApiError(400, message, param="messages", code="context_length_exceeded") from error
