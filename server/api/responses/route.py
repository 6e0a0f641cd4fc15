"""`POST /v1/responses`."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from server.api.errors import ApiError
from server.api.fields.bounded import with_parts
from server.api.fields.messages import MAX_MESSAGES
from server.api.fields.response_format import form_of
from server.api.fields.tools import toolbox
from server.api.responses.input import items_of, messages_of
from server.api.responses.request import ResponseRequest, refuse_unsupported
from server.api.responses.response import events_of, last
from server.api.responses.store import Item
from server.api.served import CHAT_ID, Served, ServedDep, require
from server.api.streaming import event_stream, unless_disconnected
from server.api.unenforced import unenforced
from server.chat.plan import Plan

router = APIRouter(prefix="/v1/responses", tags=["responses"])


@router.post("")
async def create(body: ResponseRequest, request: Request, response: Response, served: ServedDep) -> Any:
    asked = await request.json()
    earlier, given = await asyncio.to_thread(_conversation, body, asked, served)
    plan = await asyncio.to_thread(_plan, body, earlier + given, served)
    headers = unenforced(plan)
    events = events_of(served.chat.answer(plan), body, given, earlier, served.responses)
    if body.stream:
        return event_stream(events, named=True, headers=headers)
    response.headers.update(headers)
    return await unless_disconnected(request, last(events))


@router.post("/input_tokens")
async def input_tokens(body: ResponseRequest, request: Request, served: ServedDep) -> dict[str, Any]:
    """How many tokens a request for a response would have to read."""
    earlier, given = await asyncio.to_thread(_conversation, body, await request.json(), served)
    plan = await asyncio.to_thread(_plan, body, earlier + given, served)
    return {"object": "response.input_tokens", "input_tokens": len(plan.prompt)}


def _conversation(
    body: ResponseRequest, asked: dict[str, Any], served: Served
) -> tuple[list[Item], list[Item]]:
    """What came before, and what comes now; instructions hold for one response and are not handed on."""
    require(body.model, CHAT_ID)
    refuse_unsupported(body, asked)
    earlier: list[Item] = []
    if body.previous_response_id:
        found = served.responses.conversation(body.previous_response_id)
        if found is None:
            raise ApiError(
                400,
                f"Previous response with id '{body.previous_response_id}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        earlier = found
    given = items_of(asked["input"], served.responses)
    if (count := with_parts([*earlier, *given])) > MAX_MESSAGES:
        message = (
            f"The conversation has {count:,} items and parts; {MAX_MESSAGES:,} is the most. Begin a new one."
        )
        raise ApiError(400, message, param="previous_response_id")
    return earlier, given


def _plan(body: ResponseRequest, items: list[Item], served: Served) -> Plan:
    messages = messages_of(items)
    if not messages:
        raise ApiError(400, "input holds nothing but thoughts.", param="input")
    system = [{"role": "system", "content": body.instructions}] if body.instructions else []
    effort = body.reasoning.effort if body.reasoning else None
    return served.chat.plan(
        system + messages,
        body.params(served.chat),
        stop=body.stops(),
        max_tokens=body.max_output_tokens,
        tools=toolbox(
            [tool.tool() for tool in body.tools or []],
            body.chosen(),
            parallel=body.parallel_tool_calls is not False,
        ),
        variables={"enable_thinking": effort != "none"} if effort else {},
        **form_of(body.form()),
    )
