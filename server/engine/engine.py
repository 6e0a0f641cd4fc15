"""Continuous batching: all live sequences advance together, one llama.cpp decode a step."""

import logging
import time
from collections import deque
from collections.abc import Callable

from server.engine.constraint import Constraint, OutgrownForm
from server.engine.deterministic import DeterministicKVCache
from server.engine.generation import FinishReason, Generation
from server.engine.kv_cache import KVCache
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model
from server.engine.metrics import Metrics
from server.engine.sampling import Sampler, SamplingParams
from server.engine.scheduler import Rows, Scheduler
from server.engine.sequence import Sequence
from server.engine.worker import ModelUnloaded

# A decode of all slots, each with a short fast-forward run, fits; llama.cpp reserves buffers for so many rows.
BATCH_TOKENS = 512
# These alone, at 100 tokens an answer and 80 tokens/s for all (`python -m benchmarks engine`), take almost three
# minutes: better a 429 than to wait behind them.
MAX_QUEUE = 128

log = logging.getLogger("server.engine")


class ContextLengthExceeded(Exception):
    """The prompt alone is longer than the KV cache."""

    def __init__(self, prompt_tokens: int, context_length: int) -> None:
        super().__init__(f"{prompt_tokens} prompt tokens, context length {context_length}")
        self.prompt_tokens = prompt_tokens
        self.context_length = context_length


class QueueFull(Exception):
    """As many requests are waiting as the engine takes."""


class Engine:
    """Turns prompts into tokens. `submit` from the event loop, `step` from the compute thread."""

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int,
        n_threads: int,
        swap_bytes: int,
        wake: Callable[[], None],
        deterministic: bool = False,
    ) -> None:
        self.model = model
        self.n_ctx = n_ctx
        self.n_threads = n_threads
        slots = model.footprint.slots
        self._context = Context(model, n_ctx=n_ctx, n_batch=BATCH_TOKENS, n_slots=slots, n_threads=n_threads)
        self.cache = (DeterministicKVCache if deterministic else KVCache)(
            self._context,
            cells=n_ctx,
            slots=slots,
            swap_bytes=swap_bytes,
            checkpoints=not model.forgets_by_position,
        )
        self._scheduler = Scheduler(self.cache)
        self.metrics = Metrics()
        self.metrics.kv_cells.set(n_ctx)
        self.metrics.kv_bytes.set(model.footprint.context(n_ctx))
        self._batch = Batch(BATCH_TOKENS)
        self._inbox: deque[Sequence] = deque()
        self._wake = wake
        self._closed = False
        self.last_used = time.monotonic()

    def submit(
        self,
        prompt: list[int],
        params: SamplingParams,
        max_tokens: int | None = None,
        constraint: Constraint | None = None,
        *,
        goes_on: bool = False,
        boundaries: tuple[int, ...] = (),
    ) -> Generation:
        """Queue a prompt; without `max_tokens` the answer may fill the context. `boundaries` are positions where later
        prompts may part from this one.

        Raises ContextLengthExceeded, ModelUnloaded or QueueFull; the latter never for an answer that `goes_on`.
        """
        if self._closed:
            raise ModelUnloaded
        room = self.n_ctx - len(prompt)
        if room <= 0:
            raise ContextLengthExceeded(len(prompt), self.n_ctx)
        if not goes_on and len(self._inbox) + len(self._scheduler.waiting) >= MAX_QUEUE:
            raise QueueFull
        generation = Generation(len(prompt), self._wake)
        sampler = Sampler(params, self.model)
        sequence = Sequence(
            generation, prompt, min(max_tokens or room, room), sampler, constraint, boundaries
        )
        sequence.append_fast_forward()
        self._inbox.append(sequence)
        self._wake()
        if self._closed:  # just now, on its own thread
            generation.fail(ModelUnloaded())
        return generation

    def step(self) -> bool:
        """Advance every live sequence; False if there is nothing to do."""
        scheduler = self._scheduler
        while self._inbox:
            scheduler.add(self._inbox.popleft())
        for sequence in scheduler.running + scheduler.waiting:
            if sequence.generation.cancelled:
                self._finish(sequence, None)
        scheduler.admit()
        if not scheduler.running:
            self._update_gauges()
            return False
        self.last_used = time.monotonic()
        self.cache.swap_out_idle()
        # Not in one batch: attention takes rows together, and would read all answers' cells for the prompts too.
        self._compute(scheduler.schedule_decode)
        self._compute(scheduler.schedule_prefill)
        self._update_gauges()
        return True

    def use_threads(self, most: int) -> None:
        """No more than so many; with fewer, numbers are added in another order, as in another batch."""
        self._context.use_threads(min(most, self.n_threads))

    def fail(self, error: Exception) -> None:
        """End every request with this error, and forget what was cached: nobody knows what a broken step left."""
        while self._inbox:
            self._scheduler.waiting.append(self._inbox.popleft())
        sequences = self._scheduler.running + self._scheduler.waiting
        for sequence in sequences:  # all of them before any is tidied up, which may fail too
            sequence.generation.fail(error)
        for sequence in sequences:
            self._end(sequence, "failed")
        self.cache.clear()

    def close(self) -> None:
        """Give every request up, and the KV cache back; the weights go with the last who holds the model."""
        self._closed = True
        self.fail(ModelUnloaded())
        self._context.close()

    def _compute(self, fill: Callable[[Batch], list[Rows]]) -> None:
        rows = fill(self._batch)
        while not self.cache.grow(self._batch.n):
            self.metrics.preemptions.inc()
            self._scheduler.preempt()
            rows = fill(self._batch)
        if not rows:
            return
        started = time.perf_counter()
        if self._context.decode(self._batch):
            self._advance(rows, started)
        elif not self.cache.evict():  # the KV cache is laid out otherwise than it is counted
            self._scheduler.preempt()

    def _advance(self, rows: list[Rows], started: float) -> None:
        decoded = [r for r in rows if r.count == r.sequence.missing]
        prefilled = sum(r.count for r in rows) - sum(r.count for r in decoded)
        for r in rows:
            assert r.sequence.branch
            self.cache.advance(r.sequence.branch, r.sequence.tokens, r.count)
        for r in decoded:
            try:
                self._sample(r.sequence, r.last)
            except OutgrownForm as error:
                log.warning("an answer outgrew its form: %s", error)
                self._fail(r.sequence, error)
            except Exception as error:  # a constraint's mistake is one request's, not everybody's
                log.exception("a request failed")
                self._fail(r.sequence, error)
        seconds = time.perf_counter() - started
        self.metrics.step_seconds.observe(seconds)
        if prefilled:
            self._scheduler.adapt_chunk(prefilled, seconds)

    def _update_gauges(self) -> None:
        self.metrics.running.set(len(self._scheduler.running))
        self.metrics.waiting.set(len(self._inbox) + len(self._scheduler.waiting))
        self.metrics.kv_cells_used.set(self.cache.used)
        self.metrics.swapped_bytes.set(self.cache.swap.nbytes)
        self.metrics.checkpoints.set(self.cache.swap.checkpoints)

    def _sample(self, sequence: Sequence, row: int) -> None:
        if sequence.full:  # fast-forward tokens filled it
            self._finish(sequence, "length")
            return
        token = sequence.sampler.sample(self._context, row, sequence.constraint)
        sequence.answering = True
        sequence.first_token = sequence.first_token or time.monotonic()
        if self.model.ends_generation(token.id):
            self._finish(sequence, "stop")
            return
        sequence.append(token)
        if sequence.append_fast_forward():
            self._finish(sequence, "stop")
        elif sequence.full:
            self._finish(sequence, "length")

    def _finish(self, sequence: Sequence, reason: FinishReason | None) -> None:
        self._end(sequence, reason or "cancelled")
        sequence.generation.finish(reason)

    def _fail(self, sequence: Sequence, error: Exception) -> None:
        self._end(sequence, "failed")
        sequence.generation.fail(error)

    def _end(self, sequence: Sequence, reason: str) -> None:
        self._scheduler.stop(sequence)
        sequence.sampler.close()
        self.metrics.count(sequence, reason)
        log.info("%s: %s", reason, sequence.account())
