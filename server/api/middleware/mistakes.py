"""An exception that nobody expected."""

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http.refusal import body

log = logging.getLogger("server")


class Mistakes:
    """Answers 500 to an exception that nobody expected. Starlette would close the connection too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
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
