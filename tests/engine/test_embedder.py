"""Whose windows the encoder computes first, on the real embedding model, step by step."""

import asyncio
from pathlib import Path

import pytest
from plain_decoding import THREADS

from server.engine.embedder import Embedder
from server.engine.llama import Model

PASSAGE = "The museum by the river is open from nine to six, except on Mondays and on the days of the fair."


@pytest.fixture(scope="module")
def embedder(embedding_file: Path) -> Embedder:
    return Embedder(Model(embedding_file), normalization=None, n_threads=THREADS, wake=lambda: None)


async def begin(embedder: Embedder, *texts: str) -> "asyncio.Task[object]":
    """A request that is on its way when this returns."""
    task: asyncio.Task[object] = asyncio.create_task(
        embedder.embed([embedder.tokenize(text) for text in texts])
    )
    await asyncio.sleep(0)
    return task


async def step(embedder: Embedder) -> None:
    assert embedder.step()
    await asyncio.sleep(0.01)


async def test_a_question_passes_a_long_list_of_passages(embedder: Embedder) -> None:
    passages = await begin(embedder, *[PASSAGE] * 100)
    await step(embedder)
    question = await begin(embedder, "When is the museum open?")
    await step(embedder)

    assert question.done()
    assert not passages.done()
    while not passages.done():
        await step(embedder)


async def test_of_two_lists_the_first_is_done_first(embedder: Embedder) -> None:
    first, second = await begin(embedder, *[PASSAGE] * 50), await begin(embedder, *[PASSAGE] * 50)
    while not first.done():
        assert not second.done()
        await step(embedder)

    assert not second.done()
    while not second.done():
        await step(embedder)


async def test_small_requests_share_a_batch(embedder: Embedder) -> None:
    requests = [await begin(embedder, f"Question {number}?") for number in range(8)]
    await step(embedder)

    assert all(request.done() for request in requests)
    assert not embedder.step()


async def test_nothing_is_computed_for_who_has_gone(embedder: Embedder) -> None:
    request = await begin(embedder, *[PASSAGE] * 20)
    request.cancel()
    await asyncio.sleep(0)

    assert not embedder.step()
