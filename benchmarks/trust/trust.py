"""`python -m benchmarks trust`: all that a stranger may do to a server, and what others notice of it."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import servers
from benchmarks.machine import machine
from benchmarks.servers import Endpoints
from benchmarks.trust import fuzz, kills, load
from benchmarks.trust.assault import Assault, assault
from benchmarks.trust.attack import Attack
from benchmarks.trust.prober import Seen, looking_on
from server import models

# So little that answers have to give way to each other.
SMALL_CONTEXT = {"CONTEXT_LENGTH": "1024"}
NEIGHBOUR_SECONDS = 20

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    body_bytes: int
    mixed_seconds: float
    requests: int
    kills: int
    made_up_seconds: int


CI = Size(body_bytes=1 << 20, mixed_seconds=40, requests=20_000, kills=2, made_up_seconds=60)
NIGHT = Size(body_bytes=30 << 20, mixed_seconds=900, requests=50_000, kills=20, made_up_seconds=1_800)


def run(
    night: Annotated[bool, typer.Option(help="Hours instead of minutes. 以小时而不是分钟计。")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Of the parts these. 只运行这些部分。")] = None,
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "smollm2-135m",
) -> None:
    """Attack a server in every way that is known here, and look on as somebody else 用各种方式攻击服务器并从旁观察。"""
    size = NIGHT if night else CI
    files = models.resolve(chat, "chat").path, models.resolve("multilingual-e5-small", "embedding").path
    print(f"{machine()}\n\n| | reached | wanted |\n|---|---|---|")
    for name, part in PARTS.items():
        if not only or name in only:
            for row in part(size, *files):
                print(f"| {' | '.join(row)} |", flush=True)


def _bodies(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    from benchmarks.trust.bodies import bodies  # hundreds of megabytes of them

    return _under("bodies", bodies(size.body_bytes), chat, embedding)


def _schemas(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    from benchmarks.trust.bodies import with_schemas

    return _under("schemas", with_schemas(), chat, embedding)


def _under(what: str, attacks: Iterable[Attack], chat: Path, embedding: Path) -> Iterator[Row]:
    with servers.kit(chat, embedding, settings=servers.ANY_MODEL) as at:
        url = _root(at)
        with looking_on(url) as alone:
            time.sleep(NEIGHBOUR_SECONDS)
        with looking_on(url) as beside:
            load.neighbour(url, NEIGHBOUR_SECONDS)
        with looking_on(url) as seen:
            done = assault(url, at.processes[0], attacks)
    yield f"hostile {what}", done.told(), ""
    yield "deaths, 5xx", f"{done.deaths}, {done.counts['5xx']} {'; '.join(done.broken)}".rstrip(), "0, 0"
    yield from _health(f"under {what}", seen, done)
    longest, name = done.worst(seen.tokens)
    yield (
        f"longest pause of another's stream: alone, beside an honest neighbour, under {what}",
        f"{alone.pause:.2f} s, {beside.pause:.2f} s, {longest:.2f} s ({name}):"
        f" {longest / (alone.pause or 1):.1f}× and {longest / (beside.pause or 1):.1f}×",
        "1.5×",
    )


def _health(when: str, seen: Seen, done: Assault | None = None) -> Iterator[Row]:
    half, most = seen.percentile(0.5), seen.percentile(0.99)
    yield f"`/health` {when}, p50 and p99", f"{half * 1000:.0f} ms, {most * 1000:.0f} ms", "p99 250 ms"
    if done:
        longest, name = done.worst(seen.health)
        yield "the event loop held, at most", f"{longest * 1000:.0f} ms ({name})", "250 ms"


def _mixed(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    with servers.kit(chat, embedding, settings=SMALL_CONTEXT) as at:
        url = _root(at)
        with looking_on(url) as seen:
            outcome = asyncio.run(load.mixed(url, size.mixed_seconds))
        preemptions = load.metric(url, "moly_preemptions")
        held = load.holdings(url, at.processes[0])
    yield "honest work in 1,024 cells, a quarter given up", _counted(outcome), ""
    yield "preemptions in it", f"{preemptions:.0f}", "> 0"
    yield "lost, doubled, 5xx", ", ".join(map(str, outcome.harm().values())), "0, 0, 0"
    yield "left at work", f"{held.running:.0f}", "0"
    yield from _health("in it", seen)


def _soak(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    with servers.kit(chat, embedding, settings=servers.ANY_MODEL) as at:
        url, process = _root(at), at.processes[0]
        asyncio.run(load.small(url, size.requests // 10))
        before = load.holdings(url, process)
        outcome = asyncio.run(load.small(url, size.requests))
        after = load.holdings(url, process)
    yield f"{size.requests:,} small requests", _counted(outcome), ""
    yield "lost, doubled, 5xx", ", ".join(map(str, outcome.harm().values())), "0, 0, 0"
    yield "RSS after as many as a tenth of them, and after all", _change(before.rss, after.rss), "+5 %"
    yield "descriptors", f"{before.descriptors}, {after.descriptors}", "the same"
    yield "threads", f"{before.threads}, {after.threads}", "the same"
    yield "cells in use by idle prefixes", f"{before.cells:.0f}, {after.cells:.0f}", "1,024 at most"


def _killed(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    back = kills.servers_killed(chat, embedding, size.kills)
    yield "servers that came back after `kill -9`", f"{back} of {size.kills}", "all"
    with servers.kit(chat, embedding, settings=servers.ANY_MODEL) as at:
        whole = kills.ingests_killed(at, size.kills)
    yield "indexes whole after a killed `rag ingest` and another", f"{whole} of {size.kills}", "all"
    yield "servers at once on one cache", f"{kills.two_servers(chat, embedding)} of 2", "2"


def _made_up(size: Size, chat: Path, embedding: Path) -> Iterator[Row]:
    with servers.kit(chat, embedding, settings=servers.ANY_MODEL) as at:
        told = fuzz.made_up(_root(at), size.made_up_seconds)
        alive = load.metric(_root(at), "moly_running") == 0
    yield "schemathesis, stateful", told or "not installed", "no failures"
    yield "at work after it", "nothing" if alive else "something", "nothing"


PARTS: dict[str, Callable[[Size, Path, Path], Iterator[Row]]] = {
    "bodies": _bodies,
    "schemas": _schemas,
    "mixed": _mixed,
    "soak": _soak,
    "kills": _killed,
    "fuzz": _made_up,
}


def _root(at: Endpoints) -> str:
    return at.chat.removesuffix("/v1")


def _counted(outcome: load.Outcome) -> str:
    return ", ".join(f"{count:,} {how}" for how, count in outcome.counts.most_common())


def _change(before: int, after: int) -> str:
    return f"{before / 1e6:.0f} MB, {after / 1e6:.0f} MB: {100 * (after / before - 1):+.1f} %"
