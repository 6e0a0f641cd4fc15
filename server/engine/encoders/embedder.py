"""Texts to vectors."""

import unicodedata
from collections.abc import Callable
from typing import Literal

import numpy as np

from server.engine.encoders.encoder import Encoder, cut
from server.engine.llama.model import Floats, Model
from server.engine.llama.pieces import pieces

Normalization = Literal["NFC", "NFD", "NFKC", "NFKD"]


class Embedder(Encoder):
    """An embedding model at work."""

    def __init__(
        self,
        model: Model,
        *,
        normalization: Normalization | None,
        n_threads: int,
        wake: Callable[[], None],
        deterministic: bool = False,
    ) -> None:
        super().__init__(model, n_threads=n_threads, wake=wake, deterministic=deterministic)
        self._normalization = normalization
        self._head, self._tail = _frame(model)

    def tokenize(self, text: str) -> list[int]:
        """Token ids in their frame of special tokens, after the Unicode normalisation that the model expects."""
        if self._normalization:
            text = "".join(unicodedata.normalize(self._normalization, piece) for piece in pieces(text))
        return self.model.tokenize(text, add_special=True, parse_special=False)

    async def embed(self, texts: list[list[int]]) -> list[Floats]:
        """A vector of length 1 and shape (n_embd,) for each tokenised text.

        A text longer than the model's window is cut into overlapping windows, whose vectors are averaged by
        token count. Raises ModelUnloaded.
        """
        groups = [self._windows(tokens) for tokens in texts]
        vectors = iter(await self.encode([window for group in groups for window in group]))
        return [_average(group, [next(vectors) for _ in group]) for group in groups]

    def _windows(self, tokens: list[int]) -> list[list[int]]:
        if len(tokens) <= self.window:
            return [tokens]
        body = tokens[len(self._head) : len(tokens) - len(self._tail)]
        size = self.window - len(self._head) - len(self._tail)
        return [self._head + stretch + self._tail for stretch in cut(body, size)]


def _frame(model: Model) -> tuple[list[int], list[int]]:
    """The special tokens that the vocabulary puts before and after a text."""
    plain = model.tokenize("a", add_special=False, parse_special=False)
    framed = model.tokenize("a", add_special=True, parse_special=False)
    start = next(i for i in range(len(framed)) if framed[i : i + len(plain)] == plain)
    return framed[:start], framed[start + len(plain) :]


def _average(windows: list[list[int]], vectors: list[Floats]) -> Floats:
    mean = np.average(vectors, axis=0, weights=[len(window) for window in windows])
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
