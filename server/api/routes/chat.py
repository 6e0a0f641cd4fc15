"""`POST /v1/chat/completions`."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most, at_most_with_parts
from server.api.fields.messages import MAX_MESSAGES, Message
from server.api.fields.response_format import ResponseFormat, form_of
from server.api.fields.sampling import SamplingFields
from server.api.fields.tools import MAX_TOOLS, ToolChoice, ToolDeclaration, toolbox
from server.api.identifiers import call_id, unique
from server.api.logprobs import content_logprobs
from server.api.merge import merge
from server.api.served import CHAT_ID, Served, ServedDep, require
from server.api.streaming import event_stream, unless_disconnected
from server.api.unenforced import unenforced
from server.api.usage import usage
from server.chat.answer import Answer
from server.chat.deltas import CallDelta, ContentDelta, Delta, ReasoningDelta
from server.chat.plan import Plan

router = APIRouter(prefix="/v1", tags=["chat"])


REFUSED = {
    "functions": "it is the old form of tools",
    "function_call": "it is the old form of tool_choice",
    "audio": "this server writes text only",
    "web_search_options": "this server has no way to the web; give it a tool",
}


MAX_SWITCHES = 64


class ChatRequest(SamplingFields):
    messages: Annotated[list[Message], Field(min_length=1, fail_fast=True), at_most_with_parts(MAX_MESSAGES)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    tools: Annotated[list[ToolDeclaration], Field(fail_fast=True), at_most(MAX_TOOLS)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    reasoning_effort: str | None = None
    chat_template_kwargs: Annotated[dict[str, Any], at_most(MAX_SWITCHES)] | None = None
    functions: Any = None
    function_call: Any = None
    audio: Any = None
    web_search_options: Any = None

    def alternatives(self) -> int | None:
        return (self.top_logprobs or 0) if self.logprobs else None


@router.post("/chat/completions")
async def create(body: ChatRequest, request: Request, response: Response, served: ServedDep) -> Any:
    require(body.model, CHAT_ID)
    plan = await asyncio.to_thread(_plan, body, served)
    headers = unenforced(plan)
    answers = [served.chat.answer(each) for each in plan.several(body.n or 1)]
    if body.stream:
        return event_stream(_chunks(answers, body, served), headers=headers)
    response.headers.update(headers)
    return await unless_disconnected(request, _completion(answers, body, served))


def _plan(body: ChatRequest, served: Served) -> Plan:
    for field, reason in REFUSED.items():
        if getattr(body, field) not in (None, [], "none"):
            raise ApiError(400, f"{field} is not supported: {reason}.", param=field)
    if body.top_logprobs is not None and not body.logprobs:
        raise ApiError(400, "top_logprobs needs logprobs: true.", param="top_logprobs")
    tools = [declared.function.tool() for declared in body.tools or []]
    return served.chat.plan(
        [message.model_dump(exclude_none=True) for message in body.messages],
        body.params(served.chat),
        stop=body.stops(),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        tools=toolbox(tools, body.tool_choice, parallel=body.parallel_tool_calls is not False),
        variables=_variables(body),
        **form_of(body.response_format),
    )


def _variables(body: ChatRequest) -> dict[str, Any]:
    """Switches of the chat template; `reasoning_effort` turns thinking on, or off with `none`, as vLLM's kwarg does."""
    variables = dict(body.chat_template_kwargs or {})
    if body.reasoning_effort == "none":
        variables["enable_thinking"] = False
    elif body.reasoning_effort:
        variables = {"enable_thinking": True} | variables | {"reasoning_effort": body.reasoning_effort}
    return variables


async def _completion(answers: list[Answer], body: ChatRequest, served: Served) -> dict[str, Any]:
    messages = [WholeMessage(bool(body.logprobs), served) for _ in answers]
    async for index, delta in merge(answers):
        if delta:
            messages[index].add(delta)
    choices = [
        {"index": i, **message.choice(), "finish_reason": answers[i].finish_reason}
        for i, message in enumerate(messages)
    ]
    return _head("chat.completion") | {"choices": choices, "usage": usage(answers)}


async def _chunks(answers: list[Answer], body: ChatRequest, served: Served) -> AsyncIterator[dict[str, Any]]:
    head = _head("chat.completion.chunk") | ({"usage": None} if body.wants_usage() else {})

    def chunk(index: int, delta: dict[str, Any], finish: str | None = None, logprobs: Any = None) -> Any:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return head | {"choices": [choice]}

    for index in range(len(answers)):
        yield chunk(index, {"role": "assistant", "content": ""})
    async for index, delta in merge(answers):
        if delta is None:
            yield chunk(index, {}, answers[index].finish_reason)
            continue
        logprobs = None
        if body.logprobs and isinstance(delta, ContentDelta):
            logprobs = {"content": content_logprobs(delta.tokens, served.chat.engine.model), "refusal": None}
        yield chunk(index, _delta(delta), logprobs=logprobs)
    if body.wants_usage():
        yield head | {"choices": [], "usage": usage(answers)}


def _delta(delta: Delta) -> dict[str, Any]:
    match delta:
        case ContentDelta():
            return {"content": delta.text}
        case ReasoningDelta():
            return {"reasoning_content": delta.text}
        case CallDelta(name=None):
            return {"tool_calls": [{"index": delta.index, "function": {"arguments": delta.arguments}}]}
        case CallDelta():
            return {"tool_calls": [{"index": delta.index, **_call(delta)}]}


def _call(delta: CallDelta) -> dict[str, Any]:
    function = {"name": delta.name, "arguments": delta.arguments}
    return {"id": call_id(), "type": "function", "function": function}


class WholeMessage:
    """Puts an answer's deltas together."""

    def __init__(self, logprobs: bool, served: Served) -> None:
        self._model = served.chat.engine.model
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[dict[str, Any]] = []
        self._logprobs: list[dict[str, Any]] | None = [] if logprobs else None

    def add(self, delta: Delta) -> None:
        match delta:
            case ContentDelta():
                self._content.append(delta.text)
                if self._logprobs is not None:
                    self._logprobs += content_logprobs(delta.tokens, self._model)
            case ReasoningDelta():
                self._reasoning.append(delta.text)
            case CallDelta(name=str()):
                self._calls.append(_call(delta))
            case CallDelta():
                self._calls[delta.index]["function"]["arguments"] += delta.arguments

    def choice(self) -> dict[str, Any]:
        content = "".join(self._content)
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if self._calls:
            message |= {"content": content or None, "tool_calls": self._calls}
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        logprobs = None if self._logprobs is None else {"content": self._logprobs, "refusal": None}
        return {"message": message, "logprobs": logprobs}


def _head(kind: str) -> dict[str, Any]:
    return {"id": unique("chatcmpl-"), "object": kind, "created": int(time.time()), "model": CHAT_ID}
