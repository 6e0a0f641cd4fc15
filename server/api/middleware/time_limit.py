"""How long a request may take, and how many at once."""

import asyncio
import json
from collections.abc import Collection

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http.refusal import body
from server.api.drain import Drain


class TimeLimit:
    """Breaks off a request that takes too long, or longer than the server is there: with 504 or 503, or as the last
    event of a stream. When the server is about to stop, new requests are refused.

    `exempt` are paths that nobody computes for.
    """

    def __init__(
        self, app: ASGIApp, seconds: float, exempt: Collection[str] = (), drain: Drain | None = None
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._exempt = exempt
        self._drain = drain or Drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._drain.began:
            await self._drain.refusal()(scope, receive, send)
            return
        started, events = False, 0

        async def watched(message: Message) -> None:
            nonlocal started, events
            started = True
            events += message.get("body", b"").count(b"\n\n")
            await send(message)

        seconds = None if scope["path"] in self._exempt else self._seconds
        try:
            async with asyncio.timeout(seconds) as limit:
                with self._drain.under_way(limit):
                    await self._app(scope, receive, watched)
        except TimeoutError:
            if not limit.expired():
                raise
            refusal = self._drain.refusal() if self._drain.began else self._too_long()
            if started:
                event = _last_event(scope["path"], refusal, events)
                await send({"type": "http.response.body", "body": event, "more_body": False})
            else:
                await refusal(scope, receive, send)

    def _too_long(self) -> JSONResponse:
        message = f"The answer took longer than MOLY_REQUEST_SECONDS={self._seconds}."
        return JSONResponse(body(504, message, code="timeout"), 504)


# Streams of named events, with an error of their own.
NAMED = ("/v1/responses", "/v1/messages")


def _last_event(path: str, refusal: JSONResponse, number: int) -> bytes:
    """The error in the form of the stream that it ends."""
    error = bytes(refusal.body)
    if path not in NAMED:
        return b"data: " + error + b"\n\ndata: [DONE]\n\n"
    named = json.loads(error)
    named |= named["error"] | {"type": "error", "sequence_number": number}
    return f"event: error\ndata: {json.dumps(named)}\n\n".encode()
