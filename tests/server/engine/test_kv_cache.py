"""The bookkeeping of slots and cells, against a memory that checks every token it is given."""

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.engine import kv_cache
from server.engine.branches import Branch
from server.engine.kv_cache import KVCache

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

    def graft(self, source: int, target: int, start: int, end: int) -> None:
        self.remove(target, start, end)
        self.share(source, target, start, end)

    def knows(self, slot: int, position: int) -> bool:
        return position <= len(self.rows[slot])

    def save(self, slot: int) -> Any:
        return np.array(self.tokens(slot), np.uint8)

    def restore(self, slot: int, data: Any) -> bool:
        self.rows[slot] = {position: [int(token)] for position, token in enumerate(data)}
        assert self.occupied() <= CELLS, "more cells than there are"
        return True

    def tokens(self, slot: int) -> list[int]:
        assert sorted(self.rows[slot]) == list(range(len(self.rows[slot]))), "there is a hole"
        return [self.rows[slot][position][0] for position in range(len(self.rows[slot]))]

    def occupied(self) -> int:
        return len({id(cell) for row in self.rows for cell in row.values()})


class HybridMemory(Memory):
    """Beside its cells, each sequence has a state that came from all of its tokens, and no way back from there."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[list[int]] = [[] for _ in range(SLOTS)]

    def write(self, slot: int, position: int, token: int) -> None:
        super().write(slot, position, token)
        assert len(self.states[slot]) == position, "the state is not that of the cells"
        self.states[slot] = [*self.states[slot], token]

    def share(self, source: int, target: int, start: int, end: int) -> None:
        super().share(source, target, start, end)
        self.states[target] = self.states[source]

    def graft(self, source: int, target: int, start: int, end: int) -> None:
        state = self.states[target]
        super().graft(source, target, start, end)
        self.states[target] = state

    def remove(self, slot: int, start: int = 0, end: int = -1) -> None:
        reached = end < 0 or end >= len(self.states[slot])
        assert start == 0 or not reached, "a state cannot go back"
        super().remove(slot, start, end)
        if reached:
            self.states[slot] = []

    def knows(self, slot: int, position: int) -> bool:
        return position == len(self.states[slot])

    def save(self, slot: int, *, state_only: bool = False) -> Any:
        assert self.states[slot] == self.tokens(slot)
        return np.array(self.states[slot], np.uint8)

    def restore(self, slot: int, data: Any, *, state_only: bool = False) -> bool:
        if not state_only:
            super().restore(slot, data)
        self.states[slot] = [int(token) for token in data]
        return True


class CacheAtWork(RuleBasedStateMachine):
    """Sequences begin, compute, answer, are cancelled and preempted in any order."""

    memory_kind: type[Memory] = Memory

    def __init__(self) -> None:
        super().__init__()
        self.memory = self.memory_kind()
        hybrid = self.memory_kind is HybridMemory
        self.cache = KVCache(self.memory, cells=CELLS, slots=SLOTS, swap_bytes=60, checkpoints=hybrid)  # type: ignore[arg-type]
        self.live: list[tuple[Branch, list[int]]] = []

    def pick(self, data: st.DataObject) -> tuple[Branch, list[int]]:
        return data.draw(st.sampled_from(self.live))

    @rule(prompt=PROMPT, boundaries=st.lists(st.integers(0, 20), max_size=3))
    def begin(self, prompt: list[int], boundaries: list[int]) -> None:
        if self.cache.leader(prompt):
            return
        branch = self.cache.begin(prompt, boundaries)
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
        todo = tokens[branch.computed : min(branch.computed + chunk, branch.next_stop or CELLS)]
        if not self.cache.grow(len(todo)):
            return
        for position, token in enumerate(todo, branch.computed):
            self.memory.write(branch.slot, position, token)
        self.cache.advance(branch, tokens, len(todo))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        branch, tokens = self.pick(data)
        self.live.remove((branch, tokens))
        self.cache.end(branch, tokens)

    @rule()
    def swap_out_idle(self) -> None:
        self.cache.swap_out_idle()

    @invariant()
    def live_sequences_hold_their_own_tokens(self) -> None:
        for branch, tokens in self.live:
            assert self.memory.tokens(branch.slot) == tokens[: branch.computed]
            if isinstance(self.memory, HybridMemory):
                assert self.memory.states[branch.slot] == tokens[: branch.computed]

    @invariant()
    def cells_are_counted_as_they_are(self) -> None:
        assert self.cache.used == self.memory.occupied()

    @invariant()
    def swapped_prefixes_keep_their_bound(self) -> None:
        assert self.cache.swap.nbytes <= 60

    def teardown(self) -> None:
        for branch, tokens in self.live:
            self.cache.end(branch, tokens)
        self.cache.clear()
        assert self.memory.occupied() == 0
        assert self.cache.used == self.cache.swap.nbytes == 0


class HybridCacheAtWork(CacheAtWork):
    memory_kind = HybridMemory

    def teardown(self) -> None:
        super().teardown()
        assert not any(self.memory.states)  # type: ignore[attr-defined]


class Small:
    settings = settings(max_examples=200, stateful_step_count=40)

    def setUp(self) -> None:
        for name, value in (("IDLE_CELLS", 12), ("LEAST_TOKENS", 3)):
            small = mock.patch.object(kv_cache, name, value)
            small.start()
            self.addCleanup(small.stop)  # type: ignore[attr-defined]


@pytest.mark.real
class TestCacheAtWork(Small, CacheAtWork.TestCase):  # type: ignore[misc,name-defined]
    """Of a model that any stretch of can be shared."""


@pytest.mark.real
class TestHybridCacheAtWork(Small, HybridCacheAtWork.TestCase):  # type: ignore[misc,name-defined]
    """Of a model that goes on from checkpoints only."""
