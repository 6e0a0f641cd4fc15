"""What happens around every request."""

import asyncio
import hmac
import json
import logging
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.errors import body
from server.api.identifiers import unique

log = logging.getLogger("server")


class Mistakes:
    """Answers 500 to an exception that nobody expected. Starlette would close the connection too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if started:
                raise
            log.exception("unexpected error")
            error = body(500, "The server made a mistake; its log says more.")
            await JSONResponse(error, 500)(scope, receive, send)


class AssumeJson:
    """Reads every body as JSON: `curl -d` calls it a form, and some clients do not name a type at all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
        await self._app(scope, receive, send)


class ApiKeys:
    """Demands one of the keys for everything but `/health`."""

    def __init__(self, app: ASGIApp, keys: Sequence[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/health" or self._knows(scope):
            await self._app(scope, receive, send)
            return
        error = body(
            401, "This server wants an API key: one of those in MOLY_API_KEY.", code="invalid_api_key"
        )
        await JSONResponse(error, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # Every key is compared, each in constant time: how long it takes says nothing.
        same = [hmac.compare_digest(given.strip().encode("latin-1"), key) for key in self._keys]
        return scheme.lower() == "bearer" and any(same)


class BodyLimit:
    """Refuses a body that is too long with 413, whether it says so beforehand or not."""

    def __init__(self, app: ASGIApp, bytes_at_most: int) -> None:
        self._app = app
        self._limit = bytes_at_most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise HTTPException(413, f"The request body is longer than {self._limit:,} bytes.")
            return message

        await self._app(scope, counted, send)


class TimeLimit:
    """Breaks off a request that takes too long: with 504, or as the last event of a stream."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, receive, watched)
        except TimeoutError:
            if not limit.expired():
                raise
            error = body(
                504, f"The answer took longer than MOLY_REQUEST_SECONDS={self._seconds}.", code="timeout"
            )
            if not started:
                await JSONResponse(error, 504)(scope, receive, send)
                return
            event = f"data: {json.dumps(error)}\n\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": False})


class RequestId:
    """Gives every answer an `X-Request-ID`: the client's own, or a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = (
            given if given.isascii() and given.isprintable() and 0 < len(given) <= 128 else unique("req_")
        )

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, labelled)
