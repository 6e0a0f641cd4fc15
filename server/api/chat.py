"""`POST /v1/chat/completions`."""

import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from server.api.errors import ApiError
from server.api.models import ServedDep
from server.api.sampling import SamplingFields
from server.api.served import CHAT_ID, require
from server.api.streaming import event_stream, unless_disconnected
from server.chat.answer import Answer

router = APIRouter(prefix="/v1", tags=["chat"])


class Message(BaseModel):
    model_config = ConfigDict(extra="allow")  # name, tool_calls, tool_call_id: the chat template's business

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None


class ChatRequest(SamplingFields):
    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: list[dict[str, Any]] | None = None
    n: int | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None
    functions: list[Any] | None = None


@router.post("/chat/completions")
async def create(body: ChatRequest, request: Request, served: ServedDep) -> Any:
    require(body.model, CHAT_ID)
    _refuse_unsupported(body)
    answer = served.chat.answer(
        [message.model_dump() for message in body.messages],
        body.params(),
        tools=body.tools,
        max_tokens=body.max_completion_tokens or body.max_tokens,
        stop=body.stops(),
    )
    if body.stream:
        return event_stream(_chunks(answer, body.wants_usage()))
    return await unless_disconnected(request, _completion(answer))


async def _completion(answer: Answer) -> dict[str, Any]:
    text = "".join([piece async for piece in answer])
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}
    return _head("chat.completion") | {"choices": [choice], "usage": usage(answer)}


async def _chunks(answer: Answer, wants_usage: bool) -> AsyncIterator[dict[str, Any]]:
    head = _head("chat.completion.chunk") | ({"usage": None} if wants_usage else {})

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return head | {"choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    async for piece in answer:
        yield chunk({"content": piece})
    yield chunk({}, answer.finish_reason)
    if wants_usage:
        yield head | {"choices": [], "usage": usage(answer)}


def usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }


def _head(kind: str) -> dict[str, Any]:
    unique = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": unique, "object": kind, "created": int(time.time()), "model": CHAT_ID}


def _refuse_unsupported(body: ChatRequest) -> None:
    """A field that would change the answer is refused rather than passed over in silence."""
    if (body.n or 1) != 1:
        raise ApiError(400, f"n = {body.n}: this server gives one answer a request.", param="n")
    if body.logprobs:
        raise ApiError(400, "logprobs are not supported.", param="logprobs")
    if body.functions:
        raise ApiError(400, "functions are the old form; use tools.", param="functions")
    kind = (body.response_format or {}).get("type", "text")
    if kind != "text":
        raise ApiError(400, f"response_format of type {kind!r} is not supported.", param="response_format")
