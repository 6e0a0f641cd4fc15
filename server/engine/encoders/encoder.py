"""Windows of tokens to rows of numbers, packed into small batches."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Floats, Model
from server.engine.worker import ModelUnloaded

# An encoder's batch is one attention matrix: what is packed beyond this costs more than it saves.
PACKED_TOKENS = 512
# Attention costs the square of a window: beyond this, text is cut even where a model could read on.
LARGEST_WINDOW = 2048
# So many short questions fill a batch.
MAX_WINDOWS = 64
# Two or three sentences: what is said across a cut is whole in one of the two windows.
OVERLAP_TOKENS = 64
# Requests are served in the order of arrival plus so much for each token: a question passes a long list of passages,
# lists are done one after the other, so that a client can send the next while the last is computed, and none starves.
# A token takes about a third of that to compute (`python -m benchmarks engine`: 23 passages of 140 tokens a second).
SECONDS_PER_TOKEN = 0.001


class Request:
    """The windows of one call, and the rows of those that are done."""

    def __init__(self, windows: list[list[int]], done: "asyncio.Future[list[Floats]]") -> None:
        self.windows = windows
        self.priority = time.monotonic() + sum(map(len, windows)) * SECONDS_PER_TOKEN
        self.scheduled = 0
        self.rows: list[Floats] = [np.empty(0, np.float32)] * len(windows)
        self.done = done

    def answer(self, result: list[Floats] | Exception) -> None:
        """Complete `done` from the compute thread."""
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody listens any more
            self.done.get_loop().call_soon_threadsafe(self._complete, result)

    def _complete(self, result: list[Floats] | Exception) -> None:
        if self.done.done():  # cancelled, or given up before
            return
        if isinstance(result, Exception):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


class Encoder:
    """A model at work that reads a window whole: `encode` from the event loop, `step` from the compute thread."""

    def __init__(
        self,
        model: Model,
        *,
        n_threads: int,
        wake: Callable[[], None],
        ranks: bool = False,
        deterministic: bool = False,
    ) -> None:
        self.model = model
        self.n_threads = n_threads
        # What shares a batch moves the last digits of a row.
        self._most_windows = 1 if deterministic else MAX_WINDOWS
        self.window = min(model.n_ctx_train, LARGEST_WINDOW)
        capacity = max(self.window, PACKED_TOKENS)
        self._context = Context(
            model,
            n_ctx=capacity,
            n_batch=capacity,
            n_slots=MAX_WINDOWS,
            n_threads=n_threads,
            output="scores" if ranks else "vectors",
        )
        self._wake = wake
        self._batch = Batch(capacity)
        self._inbox: deque[Request] = deque()
        self._requests: list[Request] = []
        self._closed = False
        self.last_used = time.monotonic()
        self._reserve()

    async def encode(self, windows: list[list[int]]) -> list[Floats]:
        """What the model pools each window to: a vector, or its scores. Raises ModelUnloaded."""
        done: asyncio.Future[list[Floats]] = asyncio.get_running_loop().create_future()
        request = Request(windows, done)
        self._inbox.append(request)
        self._wake()
        if self._closed:
            request.answer(ModelUnloaded())
        return await done

    def step(self) -> bool:
        """Compute one batch; False if there is nothing to do."""
        while self._inbox:
            self._requests.append(self._inbox.popleft())
        self._requests = [r for r in self._requests if not r.done.cancelled()]
        packed = self._fill_batch()
        if not packed:
            return False
        self.last_used = time.monotonic()
        self._context.clear()
        self._context.decode(self._batch)
        for slot, (request, index) in enumerate(packed):
            request.rows[index] = self._context.pooled(slot).copy()
        for request in [r for r in self._requests if r.scheduled == len(r.windows)]:
            self._requests.remove(request)
            request.answer(request.rows)
        return True

    def use_threads(self, most: int) -> None:
        """No more than so many; with fewer, numbers are added in another order."""
        self._context.use_threads(min(most, self.n_threads))

    def fail(self, error: Exception) -> None:
        """End every request with this error."""
        requests = [*self._requests, *self._inbox]
        self._requests.clear()
        self._inbox.clear()
        for request in requests:
            request.answer(error)

    def close(self) -> None:
        """Give every request up, and llama.cpp's buffers back; the weights go with the last who holds the model."""
        self._closed = True
        self.fail(ModelUnloaded())
        self._context.close()

    def _reserve(self) -> None:
        """llama.cpp makes room for the results of the largest batch so far, half a second each time: not for every
        client's first requests."""
        length = min(self.window, PACKED_TOKENS)
        for slot in range(PACKED_TOKENS // length):
            self._batch.add([0] * length, 0, slot, wanted=True, each=True)
        self._context.decode(self._batch)

    def _fill_batch(self) -> list[tuple[Request, int]]:
        self._batch.clear()
        packed: list[tuple[Request, int]] = []
        for request in sorted(self._requests, key=lambda r: r.priority):
            for window in request.windows[request.scheduled :]:
                full = len(packed) == self._most_windows or self._batch.n + len(window) > PACKED_TOKENS
                if packed and full:
                    return packed
                self._batch.add(window, 0, len(packed), wanted=True, each=True)
                packed.append((request, request.scheduled))
                request.scheduled += 1
        return packed


def cut(tokens: list[int], size: int) -> list[list[int]]:
    """Overlapping stretches of at most `size` tokens."""
    starts = range(0, len(tokens) - OVERLAP_TOKENS, size - OVERLAP_TOKENS)
    return [tokens[start : start + size] for start in starts]
