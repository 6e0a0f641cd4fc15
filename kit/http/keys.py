"""Who may ask."""

import hmac
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.http.refusal import body


class ApiKeys:
    """Demands one of the keys for every path that is not open to all: as a bearer, or as Anthropic's `x-api-key`."""

    def __init__(
        self,
        app: ASGIApp,
        keys: Sequence[str],
        setting: str,
        is_open: Callable[[str], bool] = lambda path: path == "/health",
    ) -> None:
        self._app = app
        self._setting = setting
        self._is_open = is_open
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(scope["path"]) or self._knows(scope):
            await self._app(scope, receive, send)
            return
        error = body(
            401, f"This server wants an API key: one of those in {self._setting}.", code="invalid_api_key"
        )
        await JSONResponse(error, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = [bearer if scheme.lower() == "bearer" else "", headers.get("x-api-key", "")]
        # Every key is compared, each in constant time: how long it takes says nothing.
        same = [
            hmac.compare_digest(each.strip().encode("latin-1"), key) for each in given for key in self._keys
        ]
        return any(same)
