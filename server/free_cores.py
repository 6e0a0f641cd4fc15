"""Cores that no other program uses."""

import math
import time

import psutil

from server.cores import allowed, physical_cores

# As often as that is looked; it takes a tenth of a millisecond, and systems count in hundredths of a second.
EVERY_SECONDS = 0.25
# A thread that has its core for less than half of the time holds the others up for longer than it helps.
SHARED = 0.5


class FreeCores:
    """How many threads find a core of their own.

    They wait for each other hundreds of times a token, so one whose core another program holds stops them all.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._count = self._cores = physical_cores()
        self._looked, self._busy, self._own = self._look()

    def count(self) -> int:
        """At least 1; of the last quarter of a second, or of the time since the last look if that is longer."""
        if time.monotonic() - self._looked >= EVERY_SECONDS:
            looked, busy, own = self._look()
            others = (busy - self._busy - (own - self._own)) / (looked - self._looked)
            self._looked, self._busy, self._own = looked, busy, own
            self._count = max(1, math.floor(self._cores - max(0.0, others) + SHARED))
        return self._count

    def _look(self) -> tuple[float, float, float]:
        """The time, and the seconds that the processors, and this process on them, have worked."""
        each = psutil.cpu_times(percpu=True)
        used = [each[number] for number in allowed() if number < len(each)]
        busy = sum(
            sum(getattr(times, kind, 0.0) for kind in ("user", "nice", "system", "irq", "softirq"))
            for times in used
        )
        own = self._process.cpu_times()
        return time.monotonic(), busy, own.user + own.system
