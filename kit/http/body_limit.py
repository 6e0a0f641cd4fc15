"""How long a body may be, how much it may hold, and how long it may take to come."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_VALUES = 200_000
SILENT_SECONDS = 30

# What comes with every value of JSON but the first.
BEFORE_VALUES = (b"[", b"{", b",")


class BodyLimit:
    """Refuses a body that is too long with 413, whether it says so beforehand or not, or that holds too many values.

    Python reads JSON at a stretch, in which nothing else runs: 8 MB of text in 10 ms, and 8 MB of `[[]]` in 1.8 s.
    Commas and brackets are counted before that, those of texts too, which may hold JSON again; a file that is uploaded
    may have as many as it likes. A body that stops to come is a 408. Where bodies are inflated, this stands on both
    sides of that.
    """

    def __init__(
        self,
        app: ASGIApp,
        bytes_at_most: int,
        values_at_most: int = MAX_VALUES,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._app = app
        self._limit = bytes_at_most
        self._values = values_at_most
        self._silent_seconds = silent_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before_values = () if is_upload(scope) else BEFORE_VALUES
        received = values = 0
        whole = False

        async def counted() -> Message:
            nonlocal received, values, whole
            if whole:  # whoever asks now waits for the end of the connection
                return await receive()
            try:
                async with asyncio.timeout(self._silent_seconds):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, f"No more of the request body came for {self._silent_seconds} s."
                ) from None
            whole = not message.get("more_body", False)
            body = message.get("body", b"")
            received += len(body)
            values += sum(map(body.count, before_values))
            if received > self._limit:
                raise HTTPException(413, f"The request body is longer than {self._limit:,} bytes.")
            if values > self._values:
                raise HTTPException(
                    413,
                    f"The request body holds more than {self._values:,} commas and brackets. Send less at once.",
                )
            return message

        await self._app(scope, counted, send)


def is_upload(scope: Scope) -> bool:
    return Headers(scope=scope).get("content-type", "").lower().startswith("multipart/form-data")
