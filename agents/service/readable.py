"""Bodies for the protocols' own libraries, which take what Python cannot decode for a mistake of theirs."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http.unread import undecoded


class Readable:
    """Refuses a body that is no text, too deep, or holds an endless number; what is no JSON, each protocol refuses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        try:
            json.loads(body)
        except (ValueError, RecursionError) as error:
            if refusal := undecoded(error):
                await JSONResponse(refusal, 400)(scope, receive, send)
                return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)
