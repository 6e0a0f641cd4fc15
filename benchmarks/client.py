"""Measured calls."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai


@dataclass
class Measured:
    """A streamed answer: seconds to its first piece, between its pieces, in all; tokens of its prompt, as told."""

    text: str = ""
    tokens: int = 0
    first: float = 0.0
    gaps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0


def openai_client(base_url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key="none", timeout=900, max_retries=2)


async def chat(
    client: openai.AsyncOpenAI, messages: Sequence[Mapping[str, Any]], max_tokens: int
) -> Measured:
    measured = Measured()
    started = last = time.perf_counter()
    asked: list[Any] = list(messages)
    stream = await client.chat.completions.create(
        model="moly-chat",
        messages=asked,
        max_tokens=max_tokens,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        if chunk.usage:
            measured.prompt_tokens = chunk.usage.prompt_tokens
            details = chunk.usage.prompt_tokens_details
            measured.cached_tokens = (details and details.cached_tokens) or 0
        if not chunk.choices or not chunk.choices[0].delta.content:
            continue
        now = time.perf_counter()
        if measured.tokens:
            measured.gaps.append(now - last)
        else:
            measured.first = now - started
        last = now
        measured.tokens += 1
        measured.text += chunk.choices[0].delta.content
    measured.seconds = time.perf_counter() - started
    return measured


async def embed(client: openai.AsyncOpenAI, texts: list[str]) -> float:
    """Seconds for one call."""
    started = time.perf_counter()
    reply = await client.embeddings.create(model="moly-embedding", input=texts)
    assert len(reply.data) == len(texts)
    return time.perf_counter() - started
