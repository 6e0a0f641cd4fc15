"""The bookkeeping of slots and cells, against a memory that checks every token it is given."""

from typing import Any
from unittest import mock

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.engine import kv_cache
from server.engine.kv_cache import Branch, KVCache

CELLS = 40
SLOTS = 5
# Long common beginnings, as agents have them.
PROMPT = st.builds(
    lambda beginning, end: [0] * beginning + end, st.integers(0, 14), st.lists(st.integers(0, 2), max_size=6)
).filter(lambda tokens: 0 < len(tokens) < CELLS)


class Memory:
    """llama.cpp's unified KV cache in miniature: cells that belong to any number of sequences."""

    def __init__(self) -> None:
        self.rows: list[dict[int, list[int]]] = [
            {} for _ in range(SLOTS)
        ]  # position -> the cell, which is [token]

    def write(self, slot: int, position: int, token: int) -> None:
        assert position not in self.rows[slot], "a position is computed twice"
        assert sorted(self.rows[slot]) == list(range(position)), "there is a hole before the position"
        self.rows[slot][position] = [token]
        assert self.occupied() <= CELLS, "more cells than there are"

    def share(self, source: int, target: int, start: int, end: int) -> None:
        for position in range(start, end):
            assert position not in self.rows[target], "a position would be there twice"
            self.rows[target][position] = self.rows[source][position]

    def remove(self, slot: int, start: int = 0, end: int = -1) -> None:
        stop = end if end >= 0 else CELLS
        self.rows[slot] = {p: cell for p, cell in self.rows[slot].items() if not start <= p < stop}

    def save(self, slot: int) -> Any:
        return np.array(self.tokens(slot), np.uint8)

    def restore(self, slot: int, data: Any) -> bool:
        self.rows[slot] = {position: [int(token)] for position, token in enumerate(data)}
        assert self.occupied() <= CELLS, "more cells than there are"
        return True

    def length(self, slot: int) -> int:
        return max(self.rows[slot], default=-1) + 1

    def tokens(self, slot: int) -> list[int]:
        assert sorted(self.rows[slot]) == list(range(len(self.rows[slot]))), "there is a hole"
        return [self.rows[slot][position][0] for position in range(len(self.rows[slot]))]

    def occupied(self) -> int:
        return len({id(cell) for row in self.rows for cell in row.values()})


class CacheAtWork(RuleBasedStateMachine):
    """Sequences begin, compute, answer, are cancelled and preempted in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.cache = KVCache(self.memory, cells=CELLS, slots=SLOTS, parking_bytes=60, shares=True)  # type: ignore[arg-type]
        self.live: list[tuple[Branch, list[int]]] = []

    def pick(self, data: st.DataObject) -> tuple[Branch, list[int]]:
        return data.draw(st.sampled_from(self.live))

    @rule(prompt=PROMPT)
    def begin(self, prompt: list[int]) -> None:
        if self.cache.leader(prompt):
            return
        branch = self.cache.begin(prompt)
        if branch is None:
            assert self.live, "a sequence that is alone always has room"
            return
        assert branch.computed < len(prompt)
        assert self.memory.tokens(branch.slot) == prompt[: branch.computed]
        self.live.append((branch, prompt))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), chunk=st.integers(1, 8))
    def compute(self, data: st.DataObject, chunk: int) -> None:
        branch, tokens = self.pick(data)
        if branch.computed == len(tokens):
            tokens.append(data.draw(st.integers(0, 2)))
        todo = tokens[branch.computed : branch.computed + chunk]
        if not self.cache.grow(len(todo)):
            return
        for token in todo:
            self.memory.write(branch.slot, branch.computed, token)
            branch.computed += 1

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        branch, tokens = self.pick(data)
        self.live.remove((branch, tokens))
        self.cache.end(branch, tokens)

    @rule()
    def relieve(self) -> None:
        self.cache.relieve()

    @invariant()
    def live_sequences_hold_their_own_tokens(self) -> None:
        for branch, tokens in self.live:
            assert self.memory.tokens(branch.slot) == tokens[: branch.computed]

    @invariant()
    def cells_are_counted_as_they_are(self) -> None:
        assert self.cache.used == self.memory.occupied()

    @invariant()
    def parked_prefixes_keep_their_bound(self) -> None:
        assert self.cache.parked_bytes <= 60

    def teardown(self) -> None:
        for branch, tokens in self.live:
            self.cache.end(branch, tokens)
        self.cache.clear()
        assert self.memory.occupied() == 0
        assert self.cache.used == self.cache.parked_bytes == 0


class TestCacheAtWork(CacheAtWork.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(max_examples=200, stateful_step_count=40, deadline=None)

    def setUp(self) -> None:
        for name, value in (("IDLE_CELLS", 12), ("WORTH_PARKING", 3)):
            small = mock.patch.object(kv_cache, name, value)
            small.start()
            self.addCleanup(small.stop)
