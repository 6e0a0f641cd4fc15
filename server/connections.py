"""Connections: how many there may be, and how long one may say nothing."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# As many as 64 answers at once and 128 that wait leave room for, beside pages and whoever looks at /health.
MAX_CONNECTIONS = 384
# From the first byte to the end of the headers; on this machine it is milliseconds.
HEADER_SECONDS = 10


class Connection(H11Protocol):
    """Closes a connection that has not asked for anything in HEADER_SECONDS, or that is one too many.

    Of uvicorn's two readers of HTTP this is the one that bounds how long headers may be.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._asked_before: Any = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if len(self.connections) <= MAX_CONNECTIONS and hasattr(self, "_clock"):
            self._clock.cancel()

    def _wait(self) -> None:
        self._clock = asyncio.get_running_loop().call_later(HEADER_SECONDS, self._look)

    def _look(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is self._asked_before:
            self.transport.abort()
            return
        self._asked_before = self.cycle
        self._wait()
