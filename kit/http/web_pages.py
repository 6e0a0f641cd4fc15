"""Which web pages may use the server: any page that the user visits can send it requests."""

import ipaddress
import json
import logging
import re
import socket
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.http.refusal import body

log = logging.getLogger("server")

# A websocket is opened by any page, and browsers leave it to the server whether that may be.
ASKED = ("http", "websocket")

# No user, path or zone: what looks like this machine's name to one reader is another's part of a foreign one.
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s\[\]:@/\\?#%]+)(:\d{0,5})?", re.ASCII)

# What MOLY_CORS_ORIGINS=localhost stands for.
THIS_MACHINE = re.compile(r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")


class AllowedHosts:
    """Answers only to names that mean this machine, against DNS rebinding.

    An address is always one: nobody can point it elsewhere.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        self._app = app
        own = socket.gethostname().lower()
        self._names = {"localhost", own, f"{own.removesuffix('.local')}.local", *map(str.lower, names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "") if scope["type"] in ASKED else ""
        if not host or self._means_this_machine(host):
            await self._app(scope, receive, send)
            return
        message = (
            f"This server does not answer to the host {host!r}. MOLY_ALLOWED_HOSTS in .env lists more names."
        )
        await _refuse(message, "host_not_allowed", scope, receive, send)

    def _means_this_machine(self, host: str) -> bool:
        named = HOST.fullmatch(host.lower())
        if named is None:
            return False
        name = named["name"].removesuffix(".")
        return name in self._names or _is_address(name.strip("[]"))


class Origins:
    """Refuses what a foreign web page asks to be computed; a program sends no `Origin`."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str] = ()) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ASKED or scope.get("method") in ("GET", "HEAD") or self._allows(scope):
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")
        message = f"Web pages from {origin!r} may not use this server. MOLY_CORS_ORIGINS in .env lists those that may."
        await _refuse(message, "origin_not_allowed", scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") != "cross-site"
        if "*" in self._allowed or origin in self._allowed:
            return True
        if "localhost" in self._allowed and THIS_MACHINE.fullmatch(origin):
            return True
        host = headers.get("host", "")
        return origin in (f"http://{host}", f"https://{host}")  # its own page, /docs


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(message: str, code: str, scope: Scope, receive: Receive, send: Send) -> None:
    log.warning("refused: %s", json.dumps(message, ensure_ascii=True)[1:-1])
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await JSONResponse(body(403, message, code=code), 403)(scope, receive, send)
