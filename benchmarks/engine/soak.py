"""`python -m benchmarks soak`: does an hour of work leave the server slower, or larger?"""

import asyncio
import itertools
import statistics
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import servers
from benchmarks.peers.workloads import WORKLOADS, memory, one_stream
from benchmarks.servers import Endpoints
from server import models

PAIRS = 9

console = Console(stderr=True, highlight=False)


def run(
    minutes: Annotated[float, typer.Option(help="How long to work. 工作多少分钟。")] = 60,
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
) -> None:
    """Work for an hour, then compare with a fresh server, in turn. 工作一小时后与新启动的服务器轮流比较。"""
    files = models.resolve(chat, "chat").path, models.resolve("multilingual-e5-small", "embedding").path
    with servers.serve("kit", *files) as worn:
        print(f"{_work(worn, minutes)} workloads in {minutes:g} minutes")
        for figure, value in asyncio.run(memory(worn)).items():
            print(f"{figure}: {value:.0f}")
        print(_beside_a_fresh_one(worn, *files))


def _work(at: Endpoints, minutes: float) -> int:
    """All workloads over and over; returns how many there were."""
    end = time.monotonic() + 60 * minutes
    names = itertools.cycle(WORKLOADS)
    count = 0
    while time.monotonic() < end:
        name = next(names)
        console.print(name, asyncio.run(WORKLOADS[name](at)))
        count += 1
    return count


def _beside_a_fresh_one(worn: Endpoints, chat: Path, embedding: Path) -> str:
    """Both servers stand side by side and one works at a time, so that the machine's moods hit both."""
    speeds: dict[str, list[float]] = {"worn": [], "fresh": []}
    with servers.serve("kit", chat, embedding) as fresh:
        for _ in range(PAIRS):
            for name, at in (("worn", worn), ("fresh", fresh)):
                speeds[name].append(asyncio.run(one_stream(at))["tokens/s"])
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    ratio = statistics.median(a / b for a, b in zip(speeds["worn"], speeds["fresh"], strict=True))
    return f"one stream, tokens/s: worn {medians['worn']:.2f}, fresh {medians['fresh']:.2f}, median ratio {ratio:.3f}"
