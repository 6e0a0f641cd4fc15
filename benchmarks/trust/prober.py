"""What somebody else notices meanwhile: how soon `/health` answers, and how long a stream of theirs stands still.

Run as a program, this file looks on until its input is closed, in a process of its own: whoever attacks is too busy to
hold a clock.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

EVERY_SECONDS = 0.02
STORY = {
    "messages": [{"role": "user", "content": "Write a long story about a lighthouse keeper and the sea."}],
    "max_tokens": 200,
    "temperature": 0,
    "stream": True,
}


Waits = list[tuple[float, float]]
"""The moment at which each began, and its seconds."""


@dataclass
class Seen:
    """The waits for each answer of `/health`, and for each token of a stream."""

    health: Waits = field(default_factory=list)
    tokens: Waits = field(default_factory=list)

    def percentile(self, share: float) -> float:
        seconds = sorted(taken for _, taken in self.health)
        return seconds[min(len(seconds) - 1, int(share * len(seconds)))] if seconds else 0.0

    @property
    def pause(self) -> float:
        """The longest wait for a token, in seconds."""
        return max((taken for _, taken in self.tokens), default=0.0)


def longest(waits: Waits, begin: float, end: float) -> float:
    """The longest wait that was for the most part between these moments."""
    inside = ((min(at + taken, end) - max(at, begin), taken) for at, taken in waits)
    return max((taken for shared, taken in inside if shared >= taken / 2), default=0.0)


@contextmanager
def looking_on(url: str) -> Iterator[Seen]:
    """`url` is the server's, without /v1. What was seen is there at the end."""
    seen = Seen()
    with subprocess.Popen(
        [sys.executable, "-P", __file__, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as prober:
        assert prober.stdout
        prober.stdout.readline()  # it looks
        yield seen
        told, _ = prober.communicate()
    found = json.loads(told)
    seen.health = [(at, taken) for at, taken in found["health"]]
    seen.tokens = [(at, taken) for at, taken in found["tokens"]]


def main(url: str) -> None:
    ended, looks = threading.Event(), threading.Event()
    tokens: Waits = []
    health: Waits = []

    def ask() -> None:
        with httpx2.Client(timeout=60) as client:
            while not ended.is_set():
                at, began = time.time(), time.perf_counter()
                client.get(f"{url}/health")
                health.append((at, time.perf_counter() - began))
                looks.set()
                ended.wait(EVERY_SECONDS)

    def read() -> None:
        with httpx2.Client(timeout=120) as client:
            while not ended.is_set():
                tokens.extend(_waits(client, f"{url}/v1/chat/completions", ended))

    threads = [threading.Thread(target=work, daemon=True) for work in (ask, read)]
    for thread in threads:
        thread.start()
    looks.wait(60)
    print(flush=True)
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join(timeout=60)
    print(json.dumps({"health": health, "tokens": tokens}))


def _waits(client: httpx2.Client, url: str, ended: threading.Event) -> Iterator[tuple[float, float]]:
    with client.stream("POST", url, json=STORY) as answer:
        last = None
        for line in answer.iter_lines():
            if ended.is_set():
                return
            if '"content":"' not in line:
                continue
            now = time.perf_counter()
            if last is not None:
                yield time.time() - (now - last), now - last
            last = now


if __name__ == "__main__":
    main(sys.argv[1])
