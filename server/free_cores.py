"""Cores that nothing else uses."""

import math
import time

import psutil

from server.cores import allowed, default_threads, physical_cores

# As often as that is looked; it takes a tenth of a millisecond, and systems count in hundredths of a second.
EVERY_SECONDS = 0.25
# A thread that has its core for less than half of the time holds the others up for longer than it helps.
SHARED = 0.5


class FreeCores:
    """How many threads find a core of their own; asked on the one that computes.

    They wait for each other hundreds of times a token, so one whose core is taken stops them all: by another program,
    or by this one where it reads a long text or compiles a grammar.
    """

    def __init__(self) -> None:
        self._most = default_threads()
        self._count = self._cores = physical_cores()
        self._before: tuple[float, float, float] | None = None

    def count(self) -> int:
        """At least 1; of the last quarter of a second, or of the time since the last look if that is longer."""
        if self._before is None:  # now, and not by who made this: every thread has a clock of its own
            self._before = self._look()
        if time.monotonic() - self._before[0] >= EVERY_SECONDS:
            now = self._look()
            seconds, busy, computed = (
                after - before for after, before in zip(now, self._before, strict=True)
            )
            # The helpers work when this thread does.
            others = (busy - computed * min(self._count, self._most)) / seconds
            self._count = max(1, math.floor(self._cores - max(0.0, others) + SHARED))
            self._before = now
        return self._count

    def _look(self) -> tuple[float, float, float]:
        """The time, and the seconds that the processors, and this thread on one of them, have worked."""
        each = psutil.cpu_times(percpu=True)
        used = [each[number] for number in allowed() if number < len(each)]
        busy = sum(
            sum(getattr(times, kind, 0.0) for kind in ("user", "nice", "system", "irq", "softirq"))
            for times in used
        )
        return time.monotonic(), busy, time.thread_time()
