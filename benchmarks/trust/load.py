"""Honest work of every kind at once, some of which is given up half-way: nothing may be lost, doubled or left over."""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2
import psutil

from benchmarks.peers.workloads import words

CLIENTS = 16
SETTLING_SECONDS = 5
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
TOOL = {"type": "function", "function": {"name": "plan", "parameters": SCHEMA}}


@dataclass
class Outcome:
    """How requests ended: `done`, `given up`, `refused`, or, what may not be, `lost`, `doubled` or `5xx`."""

    counts: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)

    def harm(self) -> dict[str, int]:
        doubled = sum(count - 1 for count in self.ids.values())
        return {"lost": self.counts["lost"], "doubled": doubled, "5xx": self.counts["5xx"]}


@dataclass(frozen=True)
class Holdings:
    """What a server holds while it does nothing."""

    rss: int
    descriptors: int
    threads: int
    running: float
    cells: float


def holdings(url: str, process: psutil.Process) -> Holdings:
    """Once whoever has hung up was noticed, which takes a step."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while metric(url, "moly_running") + metric(url, "moly_waiting") and time.monotonic() < deadline:
        time.sleep(0.1)
    count = getattr(process, "num_handles" if sys.platform == "win32" else "num_fds")
    return Holdings(
        process.memory_info().rss,
        count(),
        process.num_threads(),
        metric(url, "moly_running") + metric(url, "moly_waiting"),
        metric(url, "moly_kv_cells_used"),
    )


def metric(url: str, name: str) -> float:
    told = httpx2.get(f"{url}/metrics", timeout=60).text
    found = re.search(rf"^{name}(?:_total)? (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def neighbour(url: str, seconds: float) -> None:
    """One honest client: a long prompt, some passages to embed, an answer under a schema, a call, over and over."""
    dice, end = random.Random(0), time.monotonic() + seconds
    form = {"type": "json_schema", "json_schema": {"name": "plan", "schema": SCHEMA}}
    with httpx2.Client(timeout=300) as client:
        while time.monotonic() < end:
            user = {"messages": [{"role": "user", "content": words(dice, 1_000)}], "max_tokens": 8}
            for path, body in (
                ("/v1/chat/completions", user),
                ("/v1/embeddings", {"input": [words(dice, 100) for _ in range(32)]}),
                ("/v1/chat/completions", user | {"response_format": form, "max_tokens": 40}),
                ("/v1/chat/completions", user | {"tools": [TOOL], "tool_choice": "required"}),
            ):
                client.post(url + path, json=body).raise_for_status()


async def mixed(url: str, seconds: float) -> Outcome:
    """Chats, completions, schemas, tools and embeddings, a quarter of which hang up."""
    outcome = Outcome()
    end = time.monotonic() + seconds

    async def client(number: int, session: httpx2.AsyncClient) -> None:
        dice = random.Random(number)
        while time.monotonic() < end:
            path, body = _request(dice)
            given_up = dice.random() * 3 if dice.random() < 0.25 else None
            await _send(session, url + path, body, given_up, outcome)

    await _side_by_side(client)
    return outcome


async def small(url: str, count: int) -> Outcome:
    """So many requests of every kind, each as small as it can be."""
    outcome = Outcome()
    numbers = iter(range(count))

    async def client(_: int, session: httpx2.AsyncClient) -> None:
        for number in numbers:
            path, body = _small_request(random.Random(number))
            await _send(session, url + path, body, 0.01 if number % 50 == 0 else None, outcome)

    await _side_by_side(client)
    return outcome


async def _side_by_side(client: Any) -> None:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(timeout=300, limits=limits) as session:
        await asyncio.gather(*(client(number, session) for number in range(CLIENTS)))


async def _send(
    session: httpx2.AsyncClient, url: str, body: dict[str, Any], given_up: float | None, outcome: Outcome
) -> None:
    try:
        async with asyncio.timeout(given_up):
            answer = await session.post(url, json=body)
    except TimeoutError:
        outcome.counts["given up"] += 1
        return
    except httpx2.TransportError:
        outcome.counts["lost"] += 1
        return
    if answer.status_code >= 500:
        outcome.counts["5xx"] += 1
    elif answer.status_code >= 400:
        outcome.counts["refused"] += 1
    else:
        outcome.counts["done" if _whole(answer, body, outcome) else "lost"] += 1


def _whole(answer: httpx2.Response, body: dict[str, Any], outcome: Outcome) -> bool:
    """Whether an answer says of each of its choices how it ended, and ends itself."""
    if not body.get("stream"):
        told = answer.json()
        if "id" in told:
            outcome.ids[told["id"]] += 1
        reasons = [choice["finish_reason"] for choice in told.get("choices", [])]
        return all(reasons) and len(reasons) == (int(body.get("n", 1)) if "choices" in told else 0)
    events = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    if not events or events[-1] != "[DONE]":
        return False
    chunks = [json.loads(event) for event in events[:-1]]
    outcome.ids.update({chunk["id"] for chunk in chunks if "id" in chunk})
    ends = [choice for chunk in chunks for choice in chunk.get("choices", []) if choice["finish_reason"]]
    return len(ends) == int(body.get("n", 1))


def _request(dice: random.Random) -> tuple[str, dict[str, Any]]:
    prompt = words(dice, dice.choice([5, 40, 200]))
    chat = {
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": dice.choice([20, 120, 250]),
        "stream": dice.random() < 0.5,
    }
    kind = dice.random()
    if kind < 0.5:
        return "/v1/chat/completions", chat | {"n": dice.choice([1, 1, 1, 2])}
    if kind < 0.6:
        form = {"type": "json_schema", "json_schema": {"name": "plan", "schema": SCHEMA}}
        return "/v1/chat/completions", chat | {"response_format": form}
    if kind < 0.7:
        return "/v1/chat/completions", chat | {"tools": [TOOL]}
    if kind < 0.8:
        return "/v1/embeddings", {"input": [prompt, "hi"]}
    return "/v1/completions", {"prompt": prompt, "max_tokens": 60, "stream": chat["stream"]}


def _small_request(dice: random.Random) -> tuple[str, dict[str, Any]]:
    word = words(dice, 1)
    user = [{"role": "user", "content": word}]
    requests: list[tuple[str, dict[str, Any]]] = [
        ("/v1/completions", {"prompt": word, "max_tokens": 1}),
        ("/v1/completions", {"prompt": word, "max_tokens": 2, "stream": True}),
        ("/v1/chat/completions", {"messages": user, "max_tokens": 1}),
        ("/v1/chat/completions", {"messages": user, "max_tokens": 2, "stream": True}),
        ("/v1/embeddings", {"input": word}),
        ("/v1/tokenize", {"content": word}),
        ("/v1/completions", {"prompt": 5.5}),
    ]
    return dice.choice(requests)
