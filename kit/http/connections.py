"""Connections: how many there may be, how long one may say nothing, and what one hears that is no HTTP."""

import asyncio
import json
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from kit.http.refusal import body

# As many as 64 answers at once and 128 that wait leave room for, beside pages and whoever looks at /health.
MAX_CONNECTIONS = 384
# From the first byte to the end of the headers; on this machine it is milliseconds.
HEADER_SECONDS = 10


class Connection(H11Protocol):
    """Closes a connection that has not asked for anything in HEADER_SECONDS, or that is one too many.

    Of uvicorn's two readers of HTTP this is the one that bounds how long headers may be.
    """

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._asked_before: Any = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_waiting()  # a websocket looks after itself
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, in the shape of every other refusal."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # half of an answer is out already
            self.transport.close()
            return
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        refusal = json.dumps(body(status, f"This is not HTTP: {error or msg}.")).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(refusal)))]
        head = h11.Response(status_code=status, headers=[*headers, ("connection", "close")])
        for part in (head, h11.Data(data=refusal), h11.EndOfMessage()):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def _wait(self) -> None:
        self._clock = asyncio.get_running_loop().call_later(HEADER_SECONDS, self._look)

    def _stop_waiting(self) -> None:
        if self._clock:
            self._clock.cancel()

    def _look(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is self._asked_before:
            self.transport.abort()
            return
        self._asked_before = self.cycle
        self._wait()
