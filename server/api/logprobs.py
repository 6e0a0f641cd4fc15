"""Log-probabilities in an answer."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from server.engine.generation import Token
from server.engine.llama import Model


def content_logprobs(tokens: Iterable[Token], model: Model) -> list[dict[str, Any]]:
    """Tokens as chat reports them, each with its likeliest alternatives."""
    return [
        _entry(model, token.id, token.logprob or 0.0)
        | {"top_logprobs": [_entry(model, other, logprob) for other, logprob in token.top]}
        for token in tokens
    ]


def _entry(model: Model, token: int, logprob: float) -> dict[str, Any]:
    piece = model.piece(token)
    return {
        "token": piece.decode("utf-8", "replace"),
        "logprob": max(logprob, -9999.0),  # JSON knows no infinity; this is what OpenAI writes
        "bytes": list(piece),
    }


def completion_logprobs(tokens: Sequence[Token], model: Model) -> dict[str, Any]:
    """Tokens as completions reports them: parallel lists, and text offsets within the answer."""
    texts = [model.piece(token.id).decode("utf-8", "replace") for token in tokens]
    offsets = itertools.accumulate(map(len, texts), initial=0)
    return {
        "tokens": texts,
        "token_logprobs": [max(token.logprob or 0.0, -9999.0) for token in tokens],
        "top_logprobs": [
            {model.piece(other).decode("utf-8", "replace"): logprob for other, logprob in token.top}
            for token in tokens
        ],
        "text_offset": list(offsets)[: len(texts)],
    }
