"""Where a token's time goes: the same decoding in ever more layers, in turn."""

import asyncio
import functools
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks import servers
from benchmarks.client import chat as ask
from benchmarks.client import openai_client
from benchmarks.machine import machine
from server import models
from server.chat.constrained.grammar import GrammarCompiler
from server.cores import default_threads
from server.engine.engine import Engine
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model
from server.engine.sampling import Sampler, SamplingParams
from server.engine.worker import Worker

PROMPT = 32
TOKENS = 64
GREEDY = SamplingParams(temperature=0)
LONG_PROMPT = 2000
CHUNKS = (32, 63, 64, 128, 512)
STORY = [{"role": "user", "content": "Write a very long story about a lighthouse keeper and the sea."}]


def run(
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
    runs: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts. 次数，取中位数。")] = 3,
) -> None:
    """Show what each layer adds to a token, for one stream and for eight. 一个 token 的时间花在哪里。"""
    path = models.resolve(chat, "chat").path
    embedding = models.resolve("multilingual-e5-small", "embedding").path
    worker = Worker()
    bench = worker.call(lambda: Bench(path, worker))
    worker.start(bench.engine)
    layers: dict[str, Callable[[int], float]] = {
        "llama_decode alone": lambda n: worker.call(lambda: bench.decode(n)),
        "and sampling": lambda n: worker.call(lambda: bench.decode(n, sampled=True)),
        "the engine, through its thread": lambda n: asyncio.run(bench.stream(n)),
    }
    figures: dict[tuple[str, int], list[float]] = {}
    with servers.serve("kit", path, embedding) as at:
        layers["the server, through HTTP"] = lambda n: asyncio.run(_http(at.chat, n))
        for _ in range(runs):
            for name, measure in layers.items():
                for n in (1, 8):
                    figures.setdefault((name, n), []).append(measure(n))
    print(machine() + "\n")
    print("| layer | one stream, ms a token | of the first | 8 streams, ms a step | of the first |")
    print("|---|---|---|---|---|")
    for name in layers:
        cells = []
        for n in (1, 8):
            first = figures["llama_decode alone", n]
            ratios = [b / a for a, b in zip(figures[name, n], first, strict=True)]
            cells.append(
                f"{statistics.median(figures[name, n]) * 1000:.2f} | {statistics.median(ratios):.2f}×"
            )
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\nA mask over {bench.model.n_vocab:,} logits inside a JSON string: {bench.mask() * 1000:.2f} ms.")
    print(worker.call(lambda: limits(bench)))
    print(
        f"\n| rows in a step | tokens/s of a prompt of {LONG_PROMPT:,} | of its last quarter |\n|---|---|---|"
    )
    for chunk in CHUNKS:
        seconds = worker.call(functools.partial(bench.prefill, chunk))
        quarter = seconds[-len(seconds) // 4 :]
        print(
            f"| {chunk} | {chunk / statistics.mean(seconds):.0f} | {chunk / statistics.mean(quarter):.0f} |"
        )
    worker.stop(timeout=10)


class Bench:
    """One model, and the layers around it."""

    def __init__(self, path: Path, worker: Worker) -> None:
        self.model = Model(path)
        threads = default_threads()
        self._context = Context(self.model, n_ctx=2048, n_batch=512, n_slots=8, n_threads=threads)
        self._batch = Batch(512)
        self._dice = random.Random(0)
        self.engine = Engine(self.model, n_ctx=2048, n_threads=threads, swap_bytes=0, wake=worker.wake)

    def decode(self, streams: int, *, sampled: bool = False) -> float:
        """Seconds a step."""
        self._context.clear()
        for sequence in range(streams):
            self._step({sequence: self._prompt()}, 0)
        samplers = [Sampler(GREEDY, self.model) for _ in range(streams)]
        started = time.perf_counter()
        for position in range(PROMPT, PROMPT + TOKENS):
            rows = self._step({sequence: [1000 + position] for sequence in range(streams)}, position)
            if sampled:
                for sampler, row in zip(samplers, rows, strict=True):
                    sampler.sample(self._context, row, None)
        seconds = time.perf_counter() - started
        for sampler in samplers:
            sampler.close()
        return seconds / TOKENS

    def prefill(self, chunk: int) -> list[float]:
        """Seconds of each step in which a long prompt is read in whole chunks."""
        self._context.clear()
        seconds = []
        for start in range(0, LONG_PROMPT - chunk + 1, chunk):
            tokens = [self._dice.randrange(1000, 9000) for _ in range(chunk)]
            self._batch.clear()
            self._batch.add(tokens, start, 0, wanted=False)
            seconds.append(_seconds(lambda: self._context.decode(self._batch)))
        return seconds

    async def stream(self, streams: int) -> float:
        """Seconds between two tokens of the same stream, without what the prompts take."""
        gaps: list[float] = []

        async def one() -> None:
            last = 0.0
            params = SamplingParams(temperature=0, logit_bias={self.model.eos or 0: -100.0})
            async for _ in self.engine.submit(self._prompt(), params, TOKENS):
                now = time.perf_counter()
                if last:
                    gaps.append(now - last)
                last = now

        await asyncio.gather(*(one() for _ in range(streams)))
        return statistics.median(gaps)

    def mask(self) -> float:
        """Seconds to hold one token to a grammar."""
        constraint = GrammarCompiler(self.model).compile('start: %json {"type": "string"}\n')
        [quote] = self.model.tokenize('"', add_special=False, parse_special=False)
        constraint.accept(quote)
        logits = np.zeros(self.model.n_vocab, np.float32)
        seconds = []
        for _ in range(50):
            started = time.perf_counter()
            constraint.apply(logits)
            seconds.append(time.perf_counter() - started)
        return statistics.median(seconds)

    def _prompt(self) -> list[int]:
        return [self._dice.randrange(1000, 9000) for _ in range(PROMPT)]

    def _step(self, tokens: dict[int, list[int]], position: int) -> list[int]:
        self._batch.clear()
        rows = [self._batch.add(ids, position, sequence, wanted=True) for sequence, ids in tokens.items()]
        self._context.decode(self._batch)
        return rows


async def _http(url: str, streams: int) -> float:
    async with openai_client(url) as client:
        answers = await asyncio.gather(*(ask(client, STORY, TOKENS) for _ in range(streams)))
        return statistics.median(gap for answer in answers for gap in answer.gaps)


def limits(bench: Bench) -> str:
    """What the machine could do at best: a token reads all weights once, a prompt multiplies them."""
    block = np.ones(64 * 2**20, np.float32)
    read = statistics.median(_seconds(lambda: block.sum()) for _ in range(5))
    bandwidth = block.nbytes / read / 1e9
    square = np.ones((1536, 1536), np.float32)
    multiply = statistics.median(_seconds(lambda: square @ square) for _ in range(5))
    flops = 2 * 1536**3 / multiply / 1e9
    weights = bench.model.size / bench.decode(1) / 1e9
    return (
        f"One core reads {bandwidth:.1f} GB/s from memory; decoding reads {weights:.1f} GB/s of weights with "
        f"{default_threads()} threads. NumPy multiplies at {flops:.0f} GFLOP/s."
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
