"""`POST /v1/completions`."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most, refuse_long
from server.api.fields.sampling import SamplingFields, TokenId
from server.api.identifiers import unique
from server.api.logprobs import CompletionLogprobs
from server.api.merge import merge
from server.api.served import CHAT_ID, Served, ServedDep, require
from server.api.streaming import event_stream, unless_disconnected
from server.api.usage import usage
from server.chat.answer import Answer
from server.chat.deltas import ContentDelta
from server.engine.generation import Token

router = APIRouter(prefix="/v1", tags=["completions"])

DEFAULT_MAX_TOKENS = 16  # OpenAI's default for this route

MAX_PROMPTS = 128  # as many as the engine lets wait

Count = Annotated[int, Field(ge=1, le=16)]


class CompletionRequest(SamplingFields):
    prompt: (
        str
        | Annotated[list[TokenId], Field(min_length=1, fail_fast=True)]
        | Annotated[list[str], Field(min_length=1, fail_fast=True), at_most(MAX_PROMPTS)]
        | Annotated[
            list[Annotated[list[TokenId], Field(min_length=1, fail_fast=True)]],
            Field(min_length=1, fail_fast=True),
            at_most(MAX_PROMPTS),
        ]
    )
    n: Count | None = None
    best_of: Count | None = None
    echo: bool | None = None
    suffix: str | None = None
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    def alternatives(self) -> int | None:
        return self.logprobs


@router.post("/completions")
async def create(body: CompletionRequest, request: Request, served: ServedDep) -> Any:
    require(body.model, CHAT_ID)
    _refuse_unsupported(body)
    prompts = await asyncio.to_thread(_prompts, body, served)
    echoes = await asyncio.to_thread(_echoes, prompts, body, served)
    params = body.params(served.chat)
    max_tokens = body.max_tokens or DEFAULT_MAX_TOKENS
    answers = [
        answer
        for prompt in prompts
        for answer in served.chat.complete(
            prompt, params, count=body.n or 1, max_tokens=max_tokens, stop=body.stops()
        )
    ]
    if body.stream:
        return event_stream(_chunks(answers, echoes, body, served))
    return await unless_disconnected(request, _completion(answers, echoes, body, served))


async def _completion(
    answers: Sequence[Answer], echoes: list[str], body: CompletionRequest, served: Served
) -> dict[str, Any]:
    texts = list(echoes)
    tokens: list[list[Token]] = [[] for _ in answers]
    async for index, delta in merge(answers):
        if isinstance(delta, ContentDelta):
            texts[index] += delta.text
            tokens[index] += delta.tokens
    choices = [
        _choice(i, texts[i], logprobs.add(tokens[i]) if logprobs else None, answer.finish_reason)
        for i, (answer, logprobs) in enumerate(zip(answers, _logprobs(answers, body, served), strict=True))
    ]
    return _head() | {"choices": choices, "usage": _usage(answers, body)}


async def _chunks(
    answers: Sequence[Answer], echoes: list[str], body: CompletionRequest, served: Served
) -> AsyncIterator[dict[str, Any]]:
    head = _head() | ({"usage": None} if body.wants_usage() else {})
    for index, echo in enumerate(echoes):
        if echo:
            yield head | {"choices": [_choice(index, echo, None, None)]}
    logprobs = _logprobs(answers, body, served)
    async for index, delta in merge(answers):
        if isinstance(delta, ContentDelta):
            each = logprobs[index]
            yield head | {
                "choices": [_choice(index, delta.text, each.add(delta.tokens) if each else None, None)]
            }
        elif delta is None:
            yield head | {"choices": [_choice(index, "", None, answers[index].finish_reason)]}
    if body.wants_usage():
        yield head | {"choices": [], "usage": _usage(answers, body)}


def _prompts(body: CompletionRequest, served: Served) -> list[list[int]]:
    given: Any = body.prompt
    several = [given] if isinstance(given, str) or isinstance(given[0], int) else given
    refuse_long([each for each in several if isinstance(each, str)], "prompt")
    prompts = [served.chat.tokenize(each) if isinstance(each, str) else each for each in several]
    model = served.chat.engine.model
    # A model begins a text with its first token, or with the one that ends another text.
    nothing = [token for token in (model.bos, model.eos) if token is not None][:1]
    prompts = [prompt or nothing for prompt in prompts]
    size = model.n_vocab
    for token in {token for prompt in prompts for token in prompt}:
        if token >= size:
            message = f"prompt holds the token {token}; this model's vocabulary ends at {size - 1}."
            raise ApiError(400, message, param="prompt")
    return prompts


def _echoes(prompts: list[list[int]], body: CompletionRequest, served: Served) -> list[str]:
    texts = [_text(prompt, served) if body.echo else "" for prompt in prompts]
    return [text for text in texts for _ in range(body.n or 1)]


def _text(tokens: list[int], served: Served) -> str:
    return b"".join(map(served.chat.engine.model.piece, tokens)).decode("utf-8", "replace")


def _logprobs(
    answers: Sequence[Answer], body: CompletionRequest, served: Served
) -> list[CompletionLogprobs | None]:
    model = served.chat.engine.model
    return [None if body.logprobs is None else CompletionLogprobs(model) for _ in answers]


def _usage(answers: Sequence[Answer], body: CompletionRequest) -> dict[str, Any]:
    """Each prompt counts once, however many answers it has."""
    each = [usage(answers[start : start + (body.n or 1)]) for start in range(0, len(answers), body.n or 1)]
    counts = ("prompt_tokens", "completion_tokens", "total_tokens")
    return each[0] | {name: sum(one[name] for one in each) for name in counts}


def _choice(index: int, text: str, logprobs: Any, finish_reason: str | None) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish_reason}


def _head() -> dict[str, Any]:
    return {"id": unique("cmpl-"), "object": "text_completion", "created": int(time.time()), "model": CHAT_ID}


def _refuse_unsupported(body: CompletionRequest) -> None:
    if body.suffix:
        raise ApiError(400, "suffix is not supported.", param="suffix")
    if body.best_of not in (None, body.n or 1):
        raise ApiError(400, "best_of is not supported; use n.", param="best_of")
    if body.echo and body.logprobs is not None:
        raise ApiError(400, "echo and logprobs do not go together here.", param="echo")
