"""How long a thread that waits for the others should stay awake before it sleeps."""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

# 0 sleeps at once.
SPINS = ("0", "1000", "10000", "100000", "1000000")
TOKENS = 48
PROMPT = 512
NEIGHBOUR = "while True: pass"


def run(
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts. 次数，取中位数。")] = 3,
) -> None:
    """Measure GOMP_SPINCOUNT alone and beside a busy neighbour. 测量等待线程空转多久最合适。"""
    from benchmarks.machine import machine
    from server.cores import default_threads

    every = default_threads()
    # With one thread nobody waits.
    cases = [*((spin, every) for spin in SPINS), ("0", 1)]
    figures: dict[tuple[str, int, bool], list[tuple[float, ...]]] = {}
    for _ in range(runs):
        for busy in (False, True):
            for spin, threads in cases:
                with neighbour() if busy else alone():
                    figures.setdefault((spin, threads, busy), []).append(_in_a_process(spin, threads, chat))
    print(machine() + "\n")
    print(
        "| GOMP_SPINCOUNT | threads | neighbour | one stream, tokens/s | 8 streams, tokens/s | prompt, tokens/s |"
    )
    print("|---|---|---|---|---|---|")
    for (spin, threads, busy), measured in figures.items():
        medians = (statistics.median(column) for column in zip(*measured, strict=True))
        cells = " | ".join(f"{median:.1f}" for median in medians)
        print(f"| {int(spin):,} | {threads} | {'one busy process' if busy else 'none'} | {cells} |")


@contextmanager
def alone() -> Iterator[None]:
    yield


@contextmanager
def neighbour() -> Iterator[None]:
    """Another program that wants a core all the time."""
    busy = subprocess.Popen([sys.executable, "-c", NEIGHBOUR])
    try:
        yield
    finally:
        busy.kill()
        busy.wait()


def _in_a_process(spin: str, threads: int, chat: str) -> tuple[float, ...]:
    """OpenMP reads the count once, when it is loaded."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine.threads", chat, str(threads)],
        env=environment | {"GOMP_SPINCOUNT": spin},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return tuple(float(figure) for figure in finished.stdout.split())


async def _measure(chat: str, threads: int) -> tuple[float, float, float]:
    """Tokens/s of one stream, of 8 together, and of a prompt, stepped through the worker as the server does."""
    from server import models
    from server.engine.engine import Engine
    from server.engine.llama.model import Model
    from server.engine.sampling import SamplingParams
    from server.engine.worker import Worker

    path = models.resolve(chat, "chat").path
    worker = Worker()
    engine = worker.call(
        lambda: Engine(Model(path), n_ctx=4096, n_threads=threads, swap_bytes=0, wake=worker.wake)
    )
    worker.start(engine)
    dice = random.Random()

    async def stream(prompt: int, tokens: int) -> int:
        ids = [dice.randrange(1000, 9000) for _ in range(prompt)]
        count = 0
        async for _ in engine.submit(ids, SamplingParams(temperature=1.0), tokens):
            count += 1
        return count

    async def rate(streams: int) -> float:
        started = time.perf_counter()
        counts = await asyncio.gather(*(stream(16, TOKENS) for _ in range(streams)))
        return sum(counts) / (time.perf_counter() - started)

    await stream(16, 4)
    one, eight = await rate(1), await rate(8)
    started = time.perf_counter()
    await stream(PROMPT, 1)
    prompt = PROMPT / (time.perf_counter() - started)
    worker.stop(timeout=10)
    return one, eight, prompt


if __name__ == "__main__":
    print(*asyncio.run(_measure(sys.argv[1], int(sys.argv[2]))))
