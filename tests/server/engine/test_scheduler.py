"""How much of a prompt a step takes, and who comes first. No model: nothing is computed here."""

import asyncio
from typing import Any
from unittest import mock

import pytest

from server.engine.generation import Generation
from server.engine.kv_cache import KVCache
from server.engine.llama.batch import Batch
from server.engine.scheduler import (
    CHUNK_SECONDS,
    LARGEST_CHUNK,
    SECONDS_PER_TOKEN,
    SMALLEST_CHUNK,
    TILE,
    Scheduler,
)
from server.engine.sequence import Sequence


class Prompts:
    """A scheduler over a cache that is never full, and batches that are computed at once."""

    def __init__(self) -> None:
        memory: Any = mock.Mock()
        self.cache = KVCache(memory, cells=100_000, slots=8, swap_bytes=0)
        self.scheduler = Scheduler(self.cache)
        self._batch = Batch(512)
        self._born = 0

    def add(self, length: int, submitted: float | None = None) -> Sequence:
        """A sequence whose prompt has nothing in common with any other."""
        self._born += 1
        prompt = [1_000_000 * self._born + n for n in range(length)]
        generation, nobody = Generation(length, wake=lambda: None), mock.Mock()
        sequence = Sequence(generation, prompt, 1000, nobody, None)
        if submitted is not None:
            sequence.submitted = submitted
        self.scheduler.add(sequence)
        self.scheduler.admit()
        return sequence

    def prefill(self) -> dict[Sequence, int]:
        """One step's chunks."""
        rows = self.scheduler.schedule_prefill(self._batch)
        for each in rows:
            assert each.sequence.branch
            each.sequence.branch.computed += each.count
        return {each.sequence: each.count for each in rows}

    def chunk(self) -> int:
        return sum(self.prefill().values())


@pytest.fixture
async def prompts() -> Prompts:
    return Prompts()


@pytest.fixture
async def answering(prompts: Prompts) -> Sequence:
    """Somebody is answering, and waits for a step to end."""
    sequence = prompts.add(1)
    assert sequence.decoding
    return sequence


async def test_alone_a_prompt_is_read_in_chunks_of_one_size(prompts: Prompts) -> None:
    """Chunks that followed the clock gave the same request another answer on every run."""
    prompts.add(LARGEST_CHUNK * 2 + 10)

    chunks = []
    for seconds in (0.01, 10.0, 1.0):
        chunks.append(prompts.chunk())
        prompts.scheduler.adapt_chunk(chunks[-1], seconds)

    assert chunks == [LARGEST_CHUNK, LARGEST_CHUNK, 9]  # the last token is left for a step of its own


async def test_beside_an_answer_chunks_come_to_take_as_long_as_they_may(
    prompts: Prompts, answering: Sequence
) -> None:
    prompts.add(5000)
    tokens_per_second = 40

    chunks = []
    for _ in range(12):
        chunks.append(prompts.chunk())
        prompts.scheduler.adapt_chunk(chunks[-1], chunks[-1] / tokens_per_second)

    assert chunks[0] == SMALLEST_CHUNK
    assert chunks == sorted(chunks)
    assert chunks[-1] / tokens_per_second == pytest.approx(CHUNK_SECONDS, rel=0.05)


@pytest.mark.parametrize(("tokens_per_second", "chunk"), [(80, TILE), (145, TILE), (155, 2 * TILE)])
async def test_chunks_are_whole_tiles_where_one_does_not_take_too_long(
    prompts: Prompts, answering: Sequence, tokens_per_second: float, chunk: int
) -> None:
    prompts.add(5000)
    for _ in range(12):
        prompts.scheduler.adapt_chunk(chunk, chunk / tokens_per_second)

    assert prompts.chunk() == chunk


@pytest.mark.parametrize(("tokens_per_second", "bound"), [(2, SMALLEST_CHUNK), (100_000, LARGEST_CHUNK)])
async def test_no_machine_is_too_slow_or_too_fast_for_chunks(
    prompts: Prompts, answering: Sequence, tokens_per_second: float, bound: int
) -> None:
    prompts.add(5000)
    for _ in range(12):
        chunk = prompts.chunk()
        prompts.scheduler.adapt_chunk(chunk, chunk / tokens_per_second)

    assert prompts.chunk() == bound


async def test_one_slow_step_is_not_a_slow_machine(prompts: Prompts, answering: Sequence) -> None:
    prompts.add(5000)
    for _ in range(12):
        prompts.scheduler.adapt_chunk(100, 1.0)
    usual = prompts.chunk()

    prompts.scheduler.adapt_chunk(usual, 30.0)

    assert usual / 3 < prompts.chunk() < usual


async def test_prompts_share_a_chunk_shortest_first(prompts: Prompts, answering: Sequence) -> None:
    long, short = prompts.add(500), prompts.add(SMALLEST_CHUNK // 2)

    assert prompts.prefill() == {short: SMALLEST_CHUNK // 2 - 1, long: SMALLEST_CHUNK // 2 + 1}


async def test_a_prompt_that_has_waited_long_enough_passes_a_shorter_one(prompts: Prompts) -> None:
    now = asyncio.get_running_loop().time()
    short = prompts.add(10, submitted=now)
    long = prompts.add(300, submitted=now - 301 * SECONDS_PER_TOKEN)

    assert list(prompts.prefill()) == [long]
    assert short.priority > long.priority
