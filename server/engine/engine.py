"""Continuous batching: all live sequences advance together, one llama.cpp decode a step."""

import time
from collections import deque
from collections.abc import Callable

from server.engine.constraint import Constraint
from server.engine.generation import FinishReason, Generation
from server.engine.llama import Batch, Context, Model
from server.engine.sampling import Sampler, SamplingParams
from server.engine.sequence import Sequence

MAX_SEQUENCES = 64
BATCH_TOKENS = 512
# A step is what everything else waits for: the streams' next token, a newcomer, the end of the program.
STEP_SECONDS = 0.5
ALONE_CHUNK = 128


class ContextLengthExceeded(Exception):
    """The prompt alone is longer than the KV cache."""

    def __init__(self, prompt_tokens: int, context_length: int) -> None:
        super().__init__(f"{prompt_tokens} prompt tokens, context length {context_length}")
        self.prompt_tokens = prompt_tokens
        self.context_length = context_length


class Engine:
    """Turns prompts into tokens. `submit` from the event loop, `step` from the compute thread."""

    def __init__(self, model: Model, *, n_ctx: int, n_threads: int, wake: Callable[[], None]) -> None:
        self.model = model
        self.n_ctx = n_ctx
        self._context = Context(
            model, n_ctx=n_ctx, n_batch=BATCH_TOKENS, n_seq_max=MAX_SEQUENCES, n_threads=n_threads
        )
        self._wake = wake
        self._batch = Batch(BATCH_TOKENS)
        self._inbox: deque[Sequence] = deque()
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []
        self._free_slots = list(range(MAX_SEQUENCES))
        self._prefill_chunk = 64

    def submit(
        self,
        prompt: list[int],
        params: SamplingParams,
        max_tokens: int | None = None,
        constraint: Constraint | None = None,
    ) -> Generation:
        """Queue a prompt; without `max_tokens` the answer may fill the context. Raises ContextLengthExceeded."""
        room = self.n_ctx - len(prompt)
        if room <= 0:
            raise ContextLengthExceeded(len(prompt), self.n_ctx)
        generation = Generation(len(prompt))
        sampler = Sampler(params, self.model)
        sequence = Sequence(generation, prompt, min(max_tokens or room, room), sampler, constraint)
        sequence.append_forced()
        self._inbox.append(sequence)
        self._wake()
        return generation

    def step(self) -> bool:
        """Advance every live sequence; False if there is nothing to do."""
        while self._inbox:
            self._waiting.append(self._inbox.popleft())
        self._drop_cancelled()
        self._admit()
        if not self._running:
            return False
        rows = self._fill_batch()
        started = time.perf_counter()
        try:
            fits = self._context.decode(self._batch)
        except RuntimeError as error:
            self._fail_all(error)
            return True
        if not fits:
            self._preempt()
            return True
        self._size_chunk(time.perf_counter() - started)
        for sequence, count, row in rows:
            sequence.computed += count
            if row is not None:
                self._sample(sequence, row)
        return True

    def _fill_batch(self) -> list[tuple[Sequence, int, int | None]]:
        """Rows for one step: a token of each decoding sequence, then a chunk of prefill, first come first.

        Returns each sequence with its number of tokens and, where its last token is among them, that row.
        """
        self._batch.clear()
        rows: list[tuple[Sequence, int, int | None]] = []
        # llama.cpp adds numbers in another order for another number of rows. Where nobody else is kept waiting, the
        # rows depend on the prompt alone, so that the same request gets the same answer again.
        chunk = ALONE_CHUNK if len(self._running) == 1 else self._prefill_chunk
        for sequence in sorted(self._running, key=lambda s: s.missing > 1):
            n = sequence.missing if sequence.missing == 1 else min(sequence.missing, chunk, self._batch.room)
            if n == 0:
                break
            if sequence.missing > 1:
                chunk -= n
            complete = n == sequence.missing
            tokens = sequence.tokens[sequence.computed : sequence.computed + n]
            row = self._batch.add(tokens, sequence.computed, sequence.slot, wanted=complete)
            rows.append((sequence, n, row if complete else None))
        return rows

    def _size_chunk(self, seconds: float) -> None:
        """Follow the machine's speed so that a step with prefill takes about STEP_SECONDS."""
        if self._batch.n > len(self._running):
            fitting = int(self._batch.n * STEP_SECONDS / seconds)
            # Half-way to the measured size: one slow step on a busy machine is not a slow machine.
            chunk = (self._prefill_chunk + fitting) // 2
            self._prefill_chunk = max(32, min(chunk, BATCH_TOKENS - MAX_SEQUENCES))

    def _sample(self, sequence: Sequence, row: int) -> None:
        if sequence.full:  # forced tokens filled it
            self._finish(sequence, "length")
            return
        token = sequence.sampler.sample(self._context, row, sequence.constraint)
        if self.model.ends_generation(token.id):
            self._finish(sequence, "stop")
            return
        sequence.append(token)
        sequence.append_forced()
        if sequence.full:
            self._finish(sequence, "length")

    def _finish(self, sequence: Sequence, reason: FinishReason) -> None:
        self._release(sequence)
        sequence.generation.finish(reason)

    def _admit(self) -> None:
        used = sum(len(s.tokens) for s in self._running)
        while self._waiting and self._free_slots:
            used += len(self._waiting[0].tokens) + 1
            if self._running and used > self.n_ctx:
                return
            sequence = self._waiting.popleft()
            sequence.slot = self._free_slots.pop()
            self._running.append(sequence)

    def _preempt(self) -> None:
        """Give the youngest sequence's cells to its elders; it is computed anew when there is room."""
        youngest = self._running[-1]
        self._release(youngest)
        youngest.computed = 0
        self._waiting.appendleft(youngest)

    def _drop_cancelled(self) -> None:
        for sequence in [s for s in self._running if s.generation.cancelled]:
            self._finish(sequence, "stop")
        self._waiting = deque(s for s in self._waiting if not s.generation.cancelled)

    def _fail_all(self, error: Exception) -> None:
        for sequence in list(self._running):
            self._release(sequence)
            sequence.generation.fail(error)

    def _release(self, sequence: Sequence) -> None:
        self._context.remove(sequence.slot)
        self._running.remove(sequence)
        self._free_slots.append(sequence.slot)
