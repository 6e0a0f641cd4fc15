"""Server-sent events, and answers that nobody waits for any more."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from kit.http.refusal import body
from server.api.json_text import written
from server.engine.constraint import OutgrownForm
from server.engine.worker import ModelUnloaded

log = logging.getLogger("server")

T = TypeVar("T")

CLIENT_CLOSED_REQUEST = 499  # nginx's code; it stands in the log only


def event_stream(
    chunks: AsyncIterator[dict[str, Any]], *, named: bool = False, headers: Mapping[str, str] = {}
) -> StreamingResponse:
    """Each chunk as a `data:` line, then `[DONE]`. An error that comes too late for a status is a chunk itself.

    Named events carry their type in a line of its own and need no `[DONE]`.
    """

    async def lines() -> AsyncIterator[str]:
        sent = 0
        try:
            async for chunk in chunks:
                yield (f"event: {chunk['type']}\n" if named else "") + await _line(chunk)
                sent += 1
        except Exception as error:
            broken = body(*_told(error))
            # The Responses API has an event for that; openai's client looks for `error` in both.
            event = broken | broken["error"] | {"type": "error", "sequence_number": sent}
            yield f"event: error\n{await _line(event)}" if named else await _line(broken)
        if not named:
            yield "data: [DONE]\n\n"

    return StreamingResponse(
        lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache", **headers}
    )


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, T]) -> T | Response:
    """Await `work`, and cancel it when the client hangs up: then nobody reads the response."""
    task = asyncio.create_task(work)
    hangup = asyncio.create_task(_hangup(request))
    try:
        await asyncio.wait({task, hangup}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else Response(status_code=CLIENT_CLOSED_REQUEST)
    finally:
        hangup.cancel()
        task.cancel()


async def _hangup(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _line(chunk: dict[str, Any]) -> str:
    return f"data: {await written(chunk)}\n\n"


def _told(error: Exception) -> tuple[int, str]:
    """The status that came too late, and the words. What nobody expected is logged with its traceback."""
    if isinstance(error, OutgrownForm):
        log.warning("a stream broke off: %s", error)
        return 400, f"The answer broke off, for its schema is too complex: {error}"
    if isinstance(error, ModelUnloaded):
        log.warning("a stream broke off: %s", error)
    else:
        log.exception("a stream broke off")
    return 500, f"The answer broke off: {error}"
