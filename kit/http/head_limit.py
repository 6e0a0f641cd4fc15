"""How long the head of a request may be."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.http.refusal import body

MAX_HEADERS = 100
MAX_BYTES = 16_384


class HeadLimit:
    """Refuses a request of too many headers, or with a head too long: HTTP's own reader bounds only what comes in
    pieces."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _is_short(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            message = f"The head of a request may have {MAX_HEADERS} headers, and {MAX_BYTES:,} bytes with its path."
            await JSONResponse(body(431, message), 431)(scope, receive, send)


def _is_short(scope: Scope) -> bool:
    headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
    size += sum(len(name) + len(value) for name, value in headers)
    return len(headers) <= MAX_HEADERS and size <= MAX_BYTES
