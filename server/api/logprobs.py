"""Log-probabilities in an answer."""

import codecs
from collections.abc import Iterable, Sequence
from typing import Any

from server.engine.generation import Token
from server.engine.llama.model import Model


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
        "logprob": _finite(logprob),
        "bytes": list(piece),
    }


class CompletionLogprobs:
    """Tokens as completions reports them: parallel lists, and offsets within the text of the whole answer.

    `add` takes the tokens of a piece of it. Each part of a character that several tokens make up stands where it does.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._length = 0

    def add(self, tokens: Sequence[Token]) -> dict[str, Any]:
        pieces = [self._model.piece(token.id) for token in tokens]
        return {
            "tokens": [piece.decode("utf-8", "replace") for piece in pieces],
            "token_logprobs": [_finite(token.logprob or 0.0) for token in tokens],
            "top_logprobs": [
                {
                    self._model.piece(other).decode("utf-8", "replace"): _finite(logprob)
                    for other, logprob in token.top
                }
                for token in tokens
            ],
            "text_offset": [self._offset(piece) for piece in pieces],
        }

    def _offset(self, piece: bytes) -> int:
        offset = self._length
        self._length += len(self._decoder.decode(piece))
        return offset


def _finite(logprob: float) -> float:
    # JSON knows no infinity; this is what OpenAI writes.
    return max(logprob, -9999.0)
