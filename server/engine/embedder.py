"""Token windows to vectors, packed into small encoder batches."""

import asyncio
import contextlib
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Literal

import numpy as np

from server.engine.batch import Batch
from server.engine.context import Context
from server.engine.llama import Floats, Model

Normalization = Literal["NFC", "NFD", "NFKC", "NFKD"]

# An encoder's batch is one attention matrix: what is packed beyond this costs more than it saves.
PACKED_TOKENS = 512
LARGEST_WINDOW = 2048
MAX_WINDOWS = 64
OVERLAP_TOKENS = 64
# Requests are served in the order of arrival plus so much for each token: a question passes a long list of passages,
# lists are done one after the other, so that a client can send the next while the last is computed, and none starves.
SECONDS_PER_TOKEN = 0.001


class Request:
    """The windows of one call, and the vectors of those that are done."""

    def __init__(self, windows: list[list[int]], done: "asyncio.Future[list[Floats]]") -> None:
        self.windows = windows
        self.deadline = time.monotonic() + sum(map(len, windows)) * SECONDS_PER_TOKEN
        self.scheduled = 0
        self.vectors: list[Floats] = [np.empty(0, np.float32)] * len(windows)
        self.done = done

    def answer(self, result: list[Floats] | Exception) -> None:
        """Complete `done` from the compute thread."""
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody listens any more
            self.done.get_loop().call_soon_threadsafe(self._complete, result)

    def _complete(self, result: list[Floats] | Exception) -> None:
        if self.done.cancelled():
            return
        if isinstance(result, Exception):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


class Embedder:
    """An embedding model at work: `embed` from the event loop, `step` from the compute thread."""

    def __init__(
        self, model: Model, *, normalization: Normalization | None, n_threads: int, wake: Callable[[], None]
    ) -> None:
        self.model = model
        self._normalization = normalization
        self.window = min(model.n_ctx_train, LARGEST_WINDOW)
        capacity = max(self.window, PACKED_TOKENS)
        self._context = Context(
            model,
            n_ctx=capacity,
            n_batch=capacity,
            n_seq_max=MAX_WINDOWS,
            n_threads=n_threads,
            embeddings=True,
        )
        self._wake = wake
        self._batch = Batch(capacity)
        self._inbox: deque[Request] = deque()
        self._requests: list[Request] = []
        self._head, self._tail = _frame(model)
        self._reserve()

    def tokenize(self, text: str) -> list[int]:
        """Token ids in their frame of special tokens, after the Unicode normalisation that the model expects."""
        if self._normalization:
            text = unicodedata.normalize(self._normalization, text)
        return self.model.tokenize(text, add_special=True, parse_special=False)

    async def embed(self, texts: list[list[int]]) -> list[Floats]:
        """A vector of length 1 and shape (n_embd,) for each tokenised text.

        A text longer than the model's window is cut into overlapping windows, whose vectors are averaged by
        token count.
        """
        groups = [self._windows(tokens) for tokens in texts]
        done: asyncio.Future[list[Floats]] = asyncio.get_running_loop().create_future()
        self._inbox.append(Request([window for group in groups for window in group], done))
        self._wake()
        vectors = iter(await done)
        return [_average(group, [next(vectors) for _ in group]) for group in groups]

    def step(self) -> bool:
        """Compute one batch; False if there is nothing to do."""
        while self._inbox:
            self._requests.append(self._inbox.popleft())
        self._requests = [r for r in self._requests if not r.done.cancelled()]
        packed = self._fill_batch()
        if not packed:
            return False
        self._context.clear()
        try:
            self._context.decode(self._batch)
        except RuntimeError as error:
            for request in {request for request, _ in packed}:
                self._requests.remove(request)
                request.answer(error)
            return True
        for sequence, (request, index) in enumerate(packed):
            request.vectors[index] = self._context.pooled(sequence).copy()
        for request in [r for r in self._requests if r.scheduled == len(r.windows)]:
            self._requests.remove(request)
            request.answer(request.vectors)
        return True

    def _reserve(self) -> None:
        """llama.cpp makes room for the results of the largest batch so far, half a second each time: not for every
        client's first requests."""
        length = min(self.window, PACKED_TOKENS)
        for sequence in range(PACKED_TOKENS // length):
            self._batch.add([0] * length, 0, sequence, wanted=True, each=True)
        self._context.decode(self._batch)

    def _fill_batch(self) -> list[tuple[Request, int]]:
        self._batch.clear()
        packed: list[tuple[Request, int]] = []
        for request in sorted(self._requests, key=lambda r: r.deadline):
            for window in request.windows[request.scheduled :]:
                full = len(packed) == MAX_WINDOWS or self._batch.n + len(window) > PACKED_TOKENS
                if packed and full:
                    return packed
                self._batch.add(window, 0, len(packed), wanted=True, each=True)
                packed.append((request, request.scheduled))
                request.scheduled += 1
        return packed

    def _windows(self, tokens: list[int]) -> list[list[int]]:
        if len(tokens) <= self.window:
            return [tokens]
        body = tokens[len(self._head) : len(tokens) - len(self._tail)]
        size = self.window - len(self._head) - len(self._tail)
        starts = range(0, len(body) - OVERLAP_TOKENS, size - OVERLAP_TOKENS)
        return [self._head + body[start : start + size] + self._tail for start in starts]


def _frame(model: Model) -> tuple[list[int], list[int]]:
    """The special tokens that the vocabulary puts before and after a text."""
    plain = model.tokenize("a", add_special=False, parse_special=False)
    framed = model.tokenize("a", add_special=True, parse_special=False)
    start = next(i for i in range(len(framed)) if framed[i : i + len(plain)] == plain)
    return framed[:start], framed[start + len(plain) :]


def _average(windows: list[list[int]], vectors: list[Floats]) -> Floats:
    mean = np.average(vectors, axis=0, weights=[len(window) for window in windows])
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
