"""The end of the server, told to whoever is still there."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastapi.responses import JSONResponse

from kit.http.refusal import body

# Containers get ten seconds from their engine; a person who presses Ctrl-C waits.
DRAIN_SECONDS = 4
RETRY_SECONDS = 10


class Drain:
    """What is under way, and how long it may still go on once the server is told to stop."""

    def __init__(self) -> None:
        self.began = False
        self._limits: set[asyncio.Timeout] = set()

    @property
    def open(self) -> int:
        """How many requests are under way."""
        return len(self._limits)

    def begin(self, seconds: float) -> None:
        """Refuse what is new, and let what is under way go on for so long. Called from the event loop."""
        self.began = True
        end = asyncio.get_running_loop().time() + seconds
        for limit in self._limits:
            with suppress(RuntimeError):  # it ends at this moment
                limit.reschedule(min(end, limit.when() or end))

    @contextmanager
    def under_way(self, limit: asyncio.Timeout) -> Iterator[None]:
        self._limits.add(limit)
        try:
            yield
        finally:
            self._limits.discard(limit)

    def refusal(self) -> JSONResponse:
        error = body(503, "The server is draining: it is about to stop.", code="draining")
        return JSONResponse(error, 503, {"Retry-After": str(RETRY_SECONDS)})
