"""Two models on the same cores: taking turns on one thread, or each on a thread of its own."""

import asyncio
import itertools
import random
import statistics
import time
from typing import Annotated

import typer

from server import models
from server.cores import default_threads
from server.engine.encoders.embedder import Embedder
from server.engine.engine import Engine
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams
from server.engine.worker import Worker

SECONDS = 10
STREAMS = 4
PASSAGES = 32
PASSAGE_TOKENS = 140
QUESTION_TOKENS = 16
QUESTION_PAUSE = 0.5


def run(
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts. 次数，取中位数。")] = 3,
) -> None:
    """Measure chat, an ingest and single questions at the same time, both ways."""
    chat_model = Model(models.resolve(chat, "chat").path)
    embedding_model = Model(models.resolve("multilingual-e5-small", "embedding").path)
    figures: dict[bool, list[tuple[float, ...]]] = {True: [], False: []}
    for _ in range(runs):
        for turns in figures:
            figures[turns].append(asyncio.run(_measure(chat_model, embedding_model, turns)))
    print(
        "| | chat, tokens/s | longest gap, ms | ingest, passages/s | a question, ms |\n|---|---|---|---|---|"
    )
    for turns, name in ((True, "taking turns"), (False, "running free")):
        medians = (statistics.median(column) for column in zip(*figures[turns], strict=True))
        print(f"| {name} | " + " | ".join(f"{median:.1f}" for median in medians) + " |")


async def _measure(chat: Model, embedding: Model, turns: bool) -> tuple[float, ...]:
    """Tokens a second, the longest gap in ms, passages a second, the median of a question's ms."""
    worker = Worker()
    other = worker if turns else Worker()
    threads = default_threads()
    engine = worker.call(lambda: Engine(chat, n_ctx=4096, n_threads=threads, swap_bytes=0, wake=worker.wake))
    embedder = other.call(lambda: Embedder(embedding, normalization=None, n_threads=threads, wake=other.wake))
    if turns:
        worker.start(engine, embedder)
    else:
        worker.start(engine)
        other.start(embedder)
    dice = random.Random()
    end = time.perf_counter() + SECONDS
    arrivals: list[list[float]] = [[] for _ in range(STREAMS)]
    latencies: list[float] = []

    async def talk(times: list[float]) -> None:
        prompt = [dice.randrange(1000, 9000) for _ in range(32)]
        generation = engine.submit(prompt, SamplingParams(temperature=1.0), max_tokens=2000)
        async for _ in generation:
            times.append(time.perf_counter())
            if times[-1] > end:
                break
        generation.cancel()

    async def ingest() -> int:
        done = 0
        while time.perf_counter() < end:
            await embedder.embed([_text(dice, PASSAGE_TOKENS) for _ in range(PASSAGES)])
            done += PASSAGES
        return done

    async def ask() -> None:
        while time.perf_counter() < end:
            await asyncio.sleep(QUESTION_PAUSE)
            started = time.perf_counter()
            await embedder.embed([_text(dice, QUESTION_TOKENS)])
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    ingesting = asyncio.create_task(ingest())
    await asyncio.gather(ask(), *map(talk, arrivals))
    done = await ingesting
    seconds = time.perf_counter() - started
    for each in {worker, other}:
        each.stop(timeout=30)
    gaps = [b - a for times in arrivals for a, b in itertools.pairwise(times)]
    tokens = sum(map(len, arrivals))
    return tokens / seconds, max(gaps) * 1000, done / seconds, statistics.median(latencies) * 1000


def _text(dice: random.Random, tokens: int) -> list[int]:
    return [dice.randrange(1000, 200_000) for _ in range(tokens)]
