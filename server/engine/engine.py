"""Continuous batching: all live sequences advance together, one llama.cpp decode a step."""

import logging
import time
from collections import deque
from collections.abc import Callable

from server.engine.batch import Batch
from server.engine.constraint import Constraint
from server.engine.context import Context
from server.engine.generation import FinishReason, Generation
from server.engine.kv_cache import KVCache
from server.engine.llama import Model
from server.engine.metrics import Metrics
from server.engine.sampling import Sampler, SamplingParams
from server.engine.scheduler import Rows, Scheduler
from server.engine.sequence import Sequence

MAX_SEQUENCES = 64
BATCH_TOKENS = 512
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
        self, model: Model, *, n_ctx: int, n_threads: int, parking_bytes: int, wake: Callable[[], None]
    ) -> None:
        self.model = model
        self.n_ctx = n_ctx
        self.n_threads = n_threads
        self._context = Context(
            model, n_ctx=n_ctx, n_batch=BATCH_TOKENS, n_seq_max=MAX_SEQUENCES, n_threads=n_threads
        )
        self.cache = KVCache(
            self._context,
            cells=n_ctx,
            slots=MAX_SEQUENCES,
            parking_bytes=parking_bytes,
            shares=model.forgets_by_position,
        )
        self._scheduler = Scheduler(self.cache)
        self.metrics = Metrics()
        self.metrics.kv_cells.set(n_ctx)
        self.metrics.kv_bytes.set(n_ctx * model.kv_bytes_per_token())
        self._batch = Batch(BATCH_TOKENS)
        self._inbox: deque[Sequence] = deque()
        self._wake = wake

    def submit(
        self,
        prompt: list[int],
        params: SamplingParams,
        max_tokens: int | None = None,
        constraint: Constraint | None = None,
        *,
        goes_on: bool = False,
    ) -> Generation:
        """Queue a prompt; without `max_tokens` the answer may fill the context.

        Raises ContextLengthExceeded or QueueFull; the latter never for an answer that `goes_on`.
        """
        room = self.n_ctx - len(prompt)
        if room <= 0:
            raise ContextLengthExceeded(len(prompt), self.n_ctx)
        if not goes_on and len(self._inbox) + len(self._scheduler.waiting) >= MAX_QUEUE:
            raise QueueFull
        generation = Generation(len(prompt), self._wake)
        sampler = Sampler(params, self.model)
        sequence = Sequence(generation, prompt, min(max_tokens or room, room), sampler, constraint)
        sequence.append_forced()
        self._inbox.append(sequence)
        self._wake()
        return generation

    def step(self) -> bool:
        """Advance every live sequence; False if there is nothing to do."""
        try:
            return self._step()
        except Exception as error:  # the thread has to live on, or everybody waits for ever
            log.exception("a step failed")
            for sequence in self._scheduler.running + self._scheduler.waiting:
                self._fail(sequence, error)
            self.cache.clear()
            return True

    def _step(self) -> bool:
        scheduler = self._scheduler
        while self._inbox:
            scheduler.add(self._inbox.popleft())
        for sequence in scheduler.running + scheduler.waiting:
            if sequence.generation.cancelled:
                self._finish(sequence, None)
        scheduler.admit()
        if not scheduler.running:
            self._observe()
            return False
        self.cache.relieve()
        # Not in one batch: attention takes rows together, and would read all answers' cells for the prompts too.
        self._compute(scheduler.fill_answers)
        self._compute(scheduler.fill_prompts)
        self._observe()
        return True

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
        else:  # the KV cache is laid out otherwise than it is counted
            self._scheduler.preempt()

    def _advance(self, rows: list[Rows], started: float) -> None:
        decoded = [r for r in rows if r.count == r.sequence.missing]
        prefilled = sum(r.count for r in rows) - sum(r.count for r in decoded)
        for r in rows:
            assert r.sequence.branch
            r.sequence.branch.computed += r.count
        for r in decoded:
            try:
                self._sample(r.sequence, r.last)
            except Exception as error:  # a constraint's mistake is one request's, not everybody's
                log.exception("a request failed")
                self._fail(r.sequence, error)
        seconds = time.perf_counter() - started
        self.metrics.step_seconds.observe(seconds)
        if prefilled:
            self._scheduler.observe(prefilled, seconds)

    def _observe(self) -> None:
        self.metrics.running.set(len(self._scheduler.running))
        self.metrics.waiting.set(len(self._inbox) + len(self._scheduler.waiting))
        self.metrics.kv_cells_used.set(self.cache.used)
        self.metrics.parked_bytes.set(self.cache.parked_bytes)

    def _sample(self, sequence: Sequence, row: int) -> None:
        if sequence.full:  # forced tokens filled it
            self._finish(sequence, "length")
            return
        token = sequence.sampler.sample(self._context, row, sequence.constraint)
        sequence.answering = True
        sequence.first_token = sequence.first_token or time.monotonic()
        if self.model.ends_generation(token.id):
            self._finish(sequence, "stop")
            return
        sequence.append(token)
        if sequence.append_forced():
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
        generation, metrics = sequence.generation, self.metrics
        prompt, cached = generation.prompt_tokens, generation.cached_tokens
        answered = len(sequence.tokens) - prompt
        metrics.requests.labels(reason).inc()
        metrics.prompt_tokens.inc(prompt)
        metrics.cached_tokens.inc(cached)
        metrics.answer_tokens.inc(answered)
        first = ""
        if sequence.first_token:
            waited = sequence.first_token - sequence.submitted
            metrics.first_token_seconds.observe(waited)
            first = f"first after {waited:.2f} s, "
        # Figures, and nothing that anybody said.
        log.info(
            "%s: %d prompt tokens (%d cached), %d answered, %s%.2f s in all",
            reason,
            prompt,
            cached,
            answered,
            first,
            time.monotonic() - sequence.submitted,
        )
