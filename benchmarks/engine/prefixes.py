"""What an idle prefix costs: kept in the KV cache, swapped out to RAM, computed anew."""

import random
import statistics
import time
from collections.abc import Callable
from typing import Annotated

import typer

from server import models
from server.cores import default_threads
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model

LENGTHS = (16, 32, 64, 128, 512, 2048)
IDLE = (0, 512, 1024, 2048, 4096, 8192)
CELLS = 12_288
CHUNK = 128
STEPS = 24
ACTIVE, IDLE_SLOT, SPARE = 0, 1, 2


def run(
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts. 次数，取中位数。")] = 5,
) -> None:
    """Measure when swapping a prefix beats computing it anew, and what idle cells cost those who decode."""
    model = Model(models.resolve(chat, "chat").path)
    context = Context(model, n_ctx=CELLS, n_batch=512, n_slots=8, n_threads=default_threads())
    lab = _Lab(model, context, runs)
    print("| prefix, tokens | compute, ms | swap out, ms | swap in, ms | MB |\n|---|---|---|---|---|")
    for length in LENGTHS:
        print(lab.swapping(length))
    print("\n| idle cells | ms a token, one stream |\n|---|---|")
    for cells in IDLE:
        print(lab.decoding(cells))


class _Lab:
    def __init__(self, model: Model, context: Context, runs: int) -> None:
        self._context = context
        self._runs = runs
        self._batch = Batch(512)
        dice = random.Random(0)
        self._tokens = [dice.randrange(1000, model.n_vocab // 2) for _ in range(CELLS)]

    def swapping(self, length: int) -> str:
        context = self._context

        def compute() -> None:
            context.remove(IDLE_SLOT)
            self._prefill(IDLE_SLOT, length)

        def bring_back() -> None:
            context.remove(SPARE)
            context.restore(SPARE, state)

        computed = self._median(compute)
        swapped = self._median(lambda: context.save(IDLE_SLOT))
        state = context.save(IDLE_SLOT)
        restored = self._median(bring_back)
        context.clear()
        cells = (computed * 1000, swapped * 1000, restored * 1000, state.nbytes / 1e6)
        return f"| {length:,} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |"

    def decoding(self, idle: int) -> str:
        self._context.clear()
        self._prefill(IDLE_SLOT, idle)
        self._prefill(ACTIVE, CHUNK)
        seconds = []
        for position in range(CHUNK, CHUNK + STEPS * self._runs):
            started = time.perf_counter()
            self._decode(ACTIVE, position, 1)
            seconds.append(time.perf_counter() - started)
        return f"| {idle:,} | {statistics.median(seconds) * 1000:.1f} |"

    def _prefill(self, slot: int, length: int) -> None:
        for start in range(0, length, CHUNK):
            self._decode(slot, start, min(CHUNK, length - start))

    def _decode(self, slot: int, position: int, count: int) -> None:
        self._batch.clear()
        self._batch.add(self._tokens[position : position + count], position, slot, wanted=True)
        self._context.decode(self._batch)

    def _median(self, work: Callable[[], object]) -> float:
        seconds = []
        for _ in range(self._runs):
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
        return statistics.median(seconds)
