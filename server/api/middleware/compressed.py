"""Bodies that come compressed."""

import asyncio
import zlib

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http.refusal import body

# What zlib reads by itself: gzip, and deflate with its header.
READ = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS


# What a piece of a body may become at a time: the rest of it is inflated when it is asked for.
PIECE = 1 << 18
# Files that follow each other in a body; each costs what a long piece does.
MOST_FILES = 1_000


class Compressed:
    """Inflates what a client has compressed, piece by piece; 415 for what cannot be read.

    How much may come of it is for the BodyLimit inside of this.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
        await self._app({**scope, "headers": headers}, _Inflating(receive).receive, send)


class _Inflating:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._inflater = zlib.decompressobj(EITHER_HEADER)
        self._files = 1
        self._left = b""  # of what has come, not inflated yet
        self._whole = self._full = False

    async def receive(self) -> Message:
        if not (self._left or self._full):
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._left = message.get("body", b"")
            self._whole = not message.get("more_body")
        await asyncio.sleep(0)  # others have their turn between two pieces
        try:
            inflated = self._next()
        except zlib.error as error:
            raise HTTPException(400, "The body is not what its Content-Encoding says.") from error
        self._full = len(inflated) == PIECE
        ended = self._whole and not (self._left or self._full)
        if ended and not self._inflater.eof:
            raise HTTPException(400, "The compressed body ends too early.")
        return {"type": "http.request", "body": inflated, "more_body": not ended}

    def _next(self) -> bytes:
        if self._inflater.eof and self._left:  # gzip files may follow each other
            self._inflater = zlib.decompressobj(EITHER_HEADER)
            self._files += 1
            if self._files > MOST_FILES:
                raise HTTPException(413, f"The body is more than {MOST_FILES:,} compressed files. Send one.")
        inflated = self._inflater.decompress(self._left, PIECE)
        self._left = self._inflater.unused_data or self._inflater.unconsumed_tail
        return inflated
