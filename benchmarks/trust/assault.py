"""Hostile bodies, sent one after the other."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx2
import psutil

from benchmarks.trust.attack import Attack
from benchmarks.trust.prober import Waits, longest

PATIENCE_SECONDS = 8


@dataclass
class Assault:
    """How requests were met, and when each began and ended; `broken` names those that met a 5xx."""

    counts: Counter[str] = field(default_factory=Counter)
    deaths: int = 0
    broken: list[str] = field(default_factory=list)
    moments: list[tuple[str, float, float]] = field(default_factory=list)

    def told(self) -> str:
        return ", ".join(f"{count:,} {how}" for how, count in self.counts.most_common())

    def worst(self, waits: Waits) -> tuple[float, str]:
        """The longest of somebody else's waits, and during what."""
        return max(
            ((longest(waits, begin, end), name) for name, begin, end in self.moments), default=(0.0, "")
        )


def assault(url: str, process: psutil.Process, attacks: Iterable[Attack]) -> Assault:
    done = Assault()
    for attack in attacks:
        begin = time.time()
        met = _met(url, attack)
        done.counts[met] += 1
        name = f"{attack.path}: {attack.name}"
        done.moments.append((name, begin, time.time()))
        if met == "5xx":
            done.broken.append(name)
        if process.status() == psutil.STATUS_ZOMBIE or not process.is_running():
            done.deaths += 1
            break
    return done


def _met(url: str, attack: Attack) -> str:
    """A client of its own each time: who is given up is hung up on."""
    try:
        answer = httpx2.post(
            url + attack.path,
            content=attack.body,
            headers={"Content-Type": "application/json", "Content-Encoding": attack.encoding},
            timeout=PATIENCE_SECONDS,
        )
    except httpx2.TimeoutException:
        return "given up"
    except httpx2.TransportError:  # refused before all of it was read
        return "hung up on"
    return {2: "answered", 4: "refused", 5: "5xx"}.get(answer.status_code // 100, "odd")
