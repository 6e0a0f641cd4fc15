"""`POST /v1/completions`."""

import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request

from server.api.chat import usage
from server.api.errors import ApiError
from server.api.models import ServedDep
from server.api.sampling import SamplingFields
from server.api.served import CHAT_ID, require
from server.api.streaming import event_stream, unless_disconnected
from server.chat.answer import Answer

router = APIRouter(prefix="/v1", tags=["completions"])

DEFAULT_MAX_TOKENS = 16  # OpenAI's default for this route


class CompletionRequest(SamplingFields):
    prompt: str
    n: int | None = None
    best_of: int | None = None
    echo: bool | None = None
    suffix: str | None = None
    logprobs: int | None = None


@router.post("/completions")
async def create(body: CompletionRequest, request: Request, served: ServedDep) -> Any:
    require(body.model, CHAT_ID)
    _refuse_unsupported(body)
    answer = served.chat.complete(
        body.prompt, body.params(), max_tokens=body.max_tokens or DEFAULT_MAX_TOKENS, stop=body.stops()
    )
    if body.stream:
        return event_stream(_chunks(answer, body.wants_usage()))
    return await unless_disconnected(request, _completion(answer))


async def _completion(answer: Answer) -> dict[str, Any]:
    text = "".join([piece async for piece in answer])
    return _head() | {"choices": [_choice(text, answer.finish_reason)], "usage": usage(answer)}


async def _chunks(answer: Answer, wants_usage: bool) -> AsyncIterator[dict[str, Any]]:
    head = _head() | ({"usage": None} if wants_usage else {})
    async for piece in answer:
        yield head | {"choices": [_choice(piece, None)]}
    yield head | {"choices": [_choice("", answer.finish_reason)]}
    if wants_usage:
        yield head | {"choices": [], "usage": usage(answer)}


def _choice(text: str, finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}


def _head() -> dict[str, Any]:
    unique = f"cmpl-{secrets.token_hex(12)}"
    return {"id": unique, "object": "text_completion", "created": int(time.time()), "model": CHAT_ID}


def _refuse_unsupported(body: CompletionRequest) -> None:
    for field in ("n", "best_of"):
        if (getattr(body, field) or 1) != 1:
            raise ApiError(400, f"{field}: this server gives one answer a request.", param=field)
    for field in ("echo", "suffix", "logprobs"):
        if getattr(body, field):
            raise ApiError(400, f"{field} is not supported.", param=field)
