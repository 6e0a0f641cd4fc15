"""Whose windows the encoder computes first, on the real embedding model, step by step."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from plain_decoding import THREADS

from server.engine.encoders import encoder
from server.engine.encoders.embedder import Embedder
from server.engine.llama.model import Model
from server.engine.worker import Worker

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


async def test_a_question_passes_a_long_list_of_passages(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "SECONDS_PER_TOKEN", 1)  # on a machine that is as slow as may be
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


async def test_an_error_that_nobody_expected_ends_its_requests_and_not_the_thread(
    embedding_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything but a RuntimeError ended the compute thread, and every client hung."""
    worker = Worker()
    embedder = worker.call(
        lambda: Embedder(Model(embedding_file), normalization=None, n_threads=THREADS, wake=worker.wake)
    )
    worker.start(embedder)
    question = [embedder.tokenize("When is the museum open?")]

    with monkeypatch.context() as broken:
        broken.setattr(embedder._context, "decode", lambda batch: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(embedder.embed(question), 60)

    assert len(await embedder.embed(question)) == 1
    assert worker.stop(timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads of this process by the system's own list")
def test_both_models_compute_with_one_pool_of_threads(chat_file: Path, embedding_file: Path) -> None:
    """Loaded on the main thread, each had a pool, and with more threads than cores OpenMP put all of them to sleep."""
    program = """
import asyncio, sys, threading
from pathlib import Path
import psutil
from server.engine.encoders.embedder import Embedder
from server.engine.engine import Engine
from server.engine.llama.model import Model
from server.engine.worker import Worker
from server.engine.sampling import SamplingParams
from server.engine.worker import Worker

THREADS = 3
worker = Worker()
worker.call(int)
before = psutil.Process().num_threads()

def build():
    chat, embedding = (Model(Path(file)) for file in sys.argv[1:])
    return (
        Engine(chat, n_ctx=256, n_threads=THREADS, swap_bytes=0, wake=worker.wake),
        Embedder(embedding, normalization=None, n_threads=THREADS, wake=worker.wake),
    )

async def work():
    await embedder.embed([embedder.tokenize("When is it open?")])
    async for _ in engine.submit([1000, 1001, 1002], SamplingParams(), 4):
        pass

engine, embedder = worker.call(build)
worker.start(engine, embedder)
asyncio.run(work())
print(psutil.Process().num_threads() - before - (THREADS - 1))
worker.stop(10)
"""
    command = [sys.executable, "-c", program, str(chat_file), str(embedding_file)]
    finished = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)

    assert finished.stdout == "0\n", finished.stderr
