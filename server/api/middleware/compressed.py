"""Bodies that come compressed."""

import zlib

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http.refusal import body

# What zlib reads by itself: gzip, and deflate with its header.
READ = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS


class Compressed:
    """Inflates what a client has compressed, up to a limit; 415 for what cannot be read."""

    def __init__(self, app: ASGIApp, bytes_at_most: int) -> None:
        self._app = app
        self._limit = bytes_at_most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = Headers(scope=scope).get("content-encoding", "").lower() if scope["type"] == "http" else ""
        if encoding in ("", "identity"):
            await self._app(scope, receive, send)
            return
        if encoding not in READ:
            error = body(415, f"The body comes in Content-Encoding {encoding!r}; send it plain or as gzip.")
            await JSONResponse(error, 415, {"Accept-Encoding": "gzip, deflate"})(scope, receive, send)
            return
        dropped = (b"content-encoding", b"content-length")
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        await self._app({**scope, "headers": headers}, _Inflating(receive, self._limit).receive, send)


class _Inflating:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit
        self._inflater = zlib.decompressobj(EITHER_HEADER)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        try:
            inflated = self._inflate(message.get("body", b""))
        except zlib.error as error:
            raise HTTPException(400, "The body is not what its Content-Encoding says.") from error
        if not message.get("more_body") and not self._inflater.eof:
            raise HTTPException(400, "The compressed body ends too early.")
        return {**message, "body": inflated}

    def _inflate(self, data: bytes) -> bytes:
        parts = []
        while data:
            if self._inflater.eof:  # gzip files may follow each other
                self._inflater = zlib.decompressobj(EITHER_HEADER)
            parts.append(self._inflater.decompress(data, self._left + 1))
            self._left -= len(parts[-1])
            if self._left < 0:
                raise HTTPException(413, f"The request body is longer than {self._limit:,} bytes.")
            data = self._inflater.unused_data or self._inflater.unconsumed_tail
        return b"".join(parts)
