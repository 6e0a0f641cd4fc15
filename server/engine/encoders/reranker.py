"""A question with each of its passages to scores."""

import math
import re
from collections.abc import Callable, Iterable
from itertools import takewhile

from server.engine.encoders.encoder import OVERLAP_TOKENS, Encoder, cut
from server.engine.llama.model import Model

# What is left of a window for a passage, at least: less would be more overlap than text.
LEAST_PASSAGE = 2 * OVERLAP_TOKENS
# Models whose head llama.cpp ends with a softmax over yes and no.
TELLS_PROBABILITIES = ("qwen3", "qwen3vl")


class QueryTooLong(Exception):
    """Leaves no room for passages in the model's window."""

    def __init__(self, n_tokens: int, most: int) -> None:
        super().__init__(f"it has {n_tokens} tokens, and the reranker takes {most}.")


class Reranker(Encoder):
    """A reranking model at work: it reads question and passage together."""

    def __init__(
        self, model: Model, *, n_threads: int, wake: Callable[[], None], deterministic: bool = False
    ) -> None:
        super().__init__(model, n_threads=n_threads, wake=wake, ranks=True, deterministic=deterministic)
        self._template = _pieces(model)
        self._is_logit = model.architecture not in TELLS_PROBABILITIES

    def pairs(self, query: str, passages: list[str]) -> list[list[list[int]]]:
        """For each passage its windows, each with the whole query: one, unless the passage is long.

        Raises QueryTooLong.
        """
        frame, most = self._tokens(query, ""), self.window - LEAST_PASSAGE
        if len(frame) > most:
            raise QueryTooLong(len(frame), most)
        return [self._windows(frame, self._tokens(query, passage)) for passage in passages]

    async def score(self, pairs: list[list[list[int]]]) -> list[float]:
        """How well each passage answers, from 0 to 1: that of its best window. Raises ModelUnloaded."""
        rows = iter(await self.encode([window for windows in pairs for window in windows]))
        best = [max(float(next(rows)[0]) for _ in windows) for windows in pairs]
        return [(1 + math.tanh(score / 2)) / 2 for score in best] if self._is_logit else best

    def _tokens(self, query: str, passage: str) -> list[int]:
        """As llama-server puts the two together; a control token in either is text."""
        if not self._template:
            before, between, after = self.model.pair_frame
            return [*before, *self._plain(query), *between, *self._plain(passage), *after]
        texts = {"{query}": query, "{document}": passage}
        tokens: list[int] = []
        for piece, is_control in self._template:
            if is_control:
                tokens += self.model.tokenize(piece, add_special=False, parse_special=True)
            else:
                tokens += self._plain(re.sub(r"\{query\}|\{document\}", lambda found: texts[found[0]], piece))
        return tokens

    def _plain(self, text: str) -> list[int]:
        return self.model.tokenize(text, add_special=False, parse_special=False)

    def _windows(self, frame: list[int], whole: list[int]) -> list[list[int]]:
        if len(whole) <= self.window:
            return [whole]
        head = _alike(frame, whole)
        tail = _alike(frame[head:][::-1], whole[head:][::-1])
        end = len(whole) - tail
        return [whole[:head] + part + whole[end:] for part in cut(whole[head:end], self.window - head - tail)]


def _alike(one: Iterable[int], other: Iterable[int]) -> int:
    """How many tokens both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _pieces(model: Model) -> list[tuple[str, bool]]:
    """The template for pairs that the file carries, cut at its control tokens; empty without one."""
    template = model.chat_template("rerank")
    if not template:
        return []
    controls = sorted(filter(None, model.special_token_texts()), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, controls))})", template) if controls else [template]
    return [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]
