"""Who takes part in the next step, and with how many tokens."""

from dataclasses import dataclass

from server.engine.kv_cache import KVCache
from server.engine.llama.batch import Batch
from server.engine.sequence import Sequence

# What running streams wait for a newcomer's prompt between two of their tokens: with a decode on top, less than the
# second after which a reader thinks that it has stopped (`python -m benchmarks engine`, a prompt arrives).
CHUNK_SECONDS = 0.85
# llama.cpp's attention on a CPU takes this many rows together, and one by one where there are fewer: with 63 the end of
# a prompt of 2,560 tokens takes half as long again as with 64 (`python -m benchmarks profile`).
TILE = 64
# On the slowest machine too a prompt of 1,000 tokens is done after some 60 tokens of the others.
SMALLEST_CHUNK = 16
# Where no stream is waiting, chunks have a fixed size: llama.cpp adds numbers in another order for another number of
# rows, and this way the same request alone gets the same answer again.
LARGEST_CHUNK = 128
# Prompts are served in the order of arrival plus so much for each token that has to be computed: short ones, and the
# next turns of a conversation, pass long ones, and none starves. It is ten times what a token of the 0.5B takes to
# compute (`python -m benchmarks prefixes`): length weighs more than arrival.
SECONDS_PER_TOKEN = 0.05


@dataclass
class Rows:
    """A sequence's tokens in a batch: how many, and in which row the last one stands."""

    sequence: Sequence
    count: int
    last: int


class Scheduler:
    """Keeps the waiting and the running, and fills batches."""

    def __init__(self, cache: KVCache) -> None:
        self.waiting: list[Sequence] = []
        self.running: list[Sequence] = []
        self._cache = cache
        self._tokens_per_second = SMALLEST_CHUNK / CHUNK_SECONDS

    def add(self, sequence: Sequence) -> None:
        missing = len(sequence.tokens) - self._cache.known(sequence.tokens)
        sequence.priority = sequence.submitted + missing * SECONDS_PER_TOKEN
        self.waiting.append(sequence)

    def admit(self) -> None:
        """Start whoever can: there is room, and nobody is computing the same prefix at this moment."""
        for sequence in sorted(self.waiting, key=lambda s: s.priority):
            if leader := self._cache.leader(sequence.tokens):
                # Whoever computes for others is as urgent as they are.
                ahead = next(s for s in self.running if s.branch is leader)
                ahead.priority = min(ahead.priority, sequence.priority)
                continue
            branch = self._cache.begin(sequence.tokens, sequence.boundaries)
            if branch is None:
                return
            sequence.branch = branch
            sequence.generation.admitted(branch.shared)
            self.waiting.remove(sequence)
            self.running.append(sequence)

    def schedule_decode(self, batch: Batch) -> list[Rows]:
        """The next tokens of every sequence that is answering; a long fast-forward run waits where there is no room."""
        batch.clear()
        answering = sorted((s for s in self.running if s.decoding), key=lambda s: s.missing)
        return [self._add(batch, s, s.missing) for s in answering if s.missing <= batch.room]

    def schedule_prefill(self, batch: Batch) -> list[Rows]:
        """Chunks of prompts in the order of their priorities.

        A prompt's last token is left for a step of its own, as it is when the prompt comes from the cache: so both
        ways give the same answer.
        """
        batch.clear()
        prefilling = sorted((s for s in self.running if not s.decoding), key=lambda s: s.priority)
        rows: list[Rows] = []
        chunk = self._chunk() if len(prefilling) < len(self.running) else LARGEST_CHUNK
        for sequence in prefilling:
            count = min(self._until_stop(sequence), chunk, batch.room)
            if count == 0:
                break
            chunk -= count
            rows.append(self._add(batch, sequence, count))
        return rows

    def adapt_chunk(self, prefilled: int, seconds: float) -> None:
        """Follow the machine's speed."""
        # Half-way to what was measured: one slow step is not a slow machine.
        self._tokens_per_second = (self._tokens_per_second + prefilled / seconds) / 2

    def preempt(self) -> None:
        """Give the youngest sequence's cells to its elders; it goes on when there is room again."""
        youngest = max(self.running, key=lambda s: s.submitted)
        self.stop(youngest)
        self.waiting.append(youngest)

    def stop(self, sequence: Sequence) -> None:
        """Take a sequence out, keeping what it has computed for others."""
        if sequence.branch:
            self._cache.end(sequence.branch, sequence.tokens)
            sequence.branch = None
            self.running.remove(sequence)
        else:
            self.waiting.remove(sequence)

    def _chunk(self) -> int:
        """What takes CHUNK_SECONDS, in whole tiles unless even one would take too long."""
        fitting = int(self._tokens_per_second * CHUNK_SECONDS)
        tiles = fitting - fitting % TILE
        return min(max(tiles or fitting, SMALLEST_CHUNK), LARGEST_CHUNK)

    def _until_stop(self, sequence: Sequence) -> int:
        branch = sequence.branch
        assert branch
        stop = branch.next_stop
        return sequence.missing - 1 if stop is None else min(stop - branch.computed, sequence.missing - 1)

    def _add(self, batch: Batch, sequence: Sequence, count: int) -> Rows:
        branch = sequence.branch
        assert branch
        start = branch.computed
        tokens = sequence.tokens[start : start + count]
        last = batch.add(tokens, start, branch.slot, wanted=count == sequence.missing)
        return Rows(sequence, count, last)
