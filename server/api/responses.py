"""`POST /v1/responses`."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.identifiers import unique
from server.api.models import ServedDep
from server.api.response_format import JsonObject, JsonSchema, NamedSchema, Text, schema_of
from server.api.response_input import Input, Messages, messages_of, messages_of_output
from server.api.response_output import ResponseOutput
from server.api.sampling import SamplingFields
from server.api.served import CHAT_ID, Served, require
from server.api.streaming import event_stream, unless_disconnected
from server.api.tools import (
    MAX_TOOLS,
    AllowedTools,
    AllowedToolsChoice,
    Function,
    NamedFunction,
    NamedTool,
    ToolChoice,
    toolbox,
)
from server.chat.answer import Answer
from server.chat.plan import Plan

router = APIRouter(prefix="/v1", tags=["responses"])


class FunctionTool(Function):
    type: Literal["function"]


class FlatNamedTool(NamedFunction):
    type: Literal["function"]


class FlatAllowedTools(BaseModel):
    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[list[FlatNamedTool], Field(min_length=1)]


class FlatJsonSchema(NamedSchema):
    type: Literal["json_schema"]


class TextFormat(BaseModel):
    format: Annotated[Text | JsonObject | FlatJsonSchema, Field(discriminator="type")] = Text(type="text")


class Reasoning(BaseModel):
    effort: str | None = None


class ResponseRequest(SamplingFields):
    input: str | Input
    instructions: str | None = None
    previous_response_id: str | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: Annotated[list[FunctionTool], Field(max_length=MAX_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | FlatNamedTool | FlatAllowedTools | None = None
    parallel_tool_calls: bool | None = None
    text: TextFormat | None = None
    reasoning: Reasoning | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    background: bool | None = None
    conversation: Any = None
    prompt: Any = None


@router.post("/responses")
async def create(body: ResponseRequest, request: Request, served: ServedDep) -> Any:
    require(body.model, CHAT_ID)
    messages = _messages(body, served)
    plan = await asyncio.to_thread(_plan, body, messages, served)
    events = _events(served.chat.answer(plan), body, messages, served)
    if body.stream:
        return event_stream(events, named=True)
    return await unless_disconnected(request, _last(events))


def _messages(body: ResponseRequest, served: Served) -> Messages:
    """The conversation so far; instructions hold for one response and are not handed on."""
    for field in ("background", "conversation", "prompt"):
        if getattr(body, field):
            raise ApiError(400, f"{field} is not supported.", param=field)
    earlier: Messages = []
    if body.previous_response_id:
        found = served.responses.get(body.previous_response_id)
        if found is None:
            raise ApiError(
                404,
                f"There is no response {body.previous_response_id!r}: this server keeps the latest few hundred, "
                "until it stops.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        earlier = found
    messages = earlier + messages_of(body.input)
    if not messages:
        raise ApiError(400, "input holds nothing but thoughts.", param="input")
    return messages


def _plan(body: ResponseRequest, messages: Messages, served: Served) -> Plan:
    system = [{"role": "system", "content": body.instructions}] if body.instructions else []
    effort = body.reasoning.effort if body.reasoning else None
    return served.chat.plan(
        system + messages,
        body.params(),
        stop=body.stops(),
        max_tokens=body.max_output_tokens,
        tools=toolbox(
            [tool.tool() for tool in body.tools or []],
            _tool_choice(body),
            parallel=body.parallel_tool_calls is not False,
        ),
        schema=schema_of(_format(body)),
        variables={"enable_thinking": False} if effort == "none" else {},
    )


def _tool_choice(body: ResponseRequest) -> ToolChoice | None:
    """As chat completions have it."""
    match choice := body.tool_choice:
        case FlatNamedTool():
            return _nested(choice)
        case FlatAllowedTools():
            allowed = AllowedTools(mode=choice.mode, tools=[_nested(tool) for tool in choice.tools])
            return AllowedToolsChoice(type="allowed_tools", allowed_tools=allowed)
    return choice


def _nested(tool: FlatNamedTool) -> NamedTool:
    return NamedTool(type="function", function=NamedFunction(name=tool.name))


def _format(body: ResponseRequest) -> Text | JsonObject | JsonSchema | None:
    form = body.text.format if body.text else None
    if isinstance(form, FlatJsonSchema):
        return JsonSchema(type="json_schema", json_schema=form)
    return form


async def _events(
    answer: Answer, body: ResponseRequest, messages: Messages, served: Served
) -> AsyncIterator[dict[str, Any]]:
    """Every event of a response in order, numbered; the last one carries it whole."""
    response, output = _head(body), ResponseOutput()
    number = 0

    def numbered(event: dict[str, Any]) -> dict[str, Any]:
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
    if body.store is not False:
        served.responses.put(response["id"], messages + messages_of_output(output.items))
    yield numbered({"type": f"response.{response['status']}", "response": response})


async def _last(events: AsyncIterator[dict[str, Any]]) -> Any:
    response = None
    async for event in events:
        response = event.get("response", response)
    return response


def _head(body: ResponseRequest) -> dict[str, Any]:
    asked = body.model_dump(
        include={
            "instructions",
            "previous_response_id",
            "max_output_tokens",
            "temperature",
            "top_p",
            "metadata",
        }
    )
    return asked | {
        "id": unique("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "model": CHAT_ID,
        "status": "in_progress",
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "store": body.store is not False,
        "tool_choice": body.model_dump()["tool_choice"] or "auto",
        "tools": [{"strict": False} | tool.model_dump() for tool in body.tools or []],
        "text": body.text.model_dump(by_alias=True) if body.text else {"format": {"type": "text"}},
        "truncation": "disabled",
    }


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }
