"""Errors in Anthropic's shape."""

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.json_text import json_text

PATH = "/v1/messages"

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}

EVENT = b"event: error\ndata: "


class AnthropicErrors:
    """Translates the refusals of these routes, wherever they come from: who refuses a key knows no routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (scope["path"] == PATH or scope["path"].startswith(f"{PATH}/")):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Translating(send).send)


class _Translating:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._refusal: Message | None = None  # the start of one, whose body is still to come
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_refusal(message):
            self._refusal = message
        elif self._refusal:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._refuse(self._refusal)
        elif message.get("body", b"").startswith(EVENT):  # a stream sends each event by itself
            event = _translated(500, message["body"].removeprefix(EVENT))
            await self._send({**message, "body": EVENT + event + b"\n\n"})
        else:
            await self._send(message)

    async def _refuse(self, start: Message) -> None:
        body = _translated(start["status"], self._body)
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_refusal(start: Message) -> bool:
    kind = MutableHeaders(scope=start).get("content-type", "")
    return int(start["status"]) >= 400 and kind.startswith("application/json")


def _translated(status: int, refusal: bytes) -> bytes:
    error: dict[str, Any] = json.loads(refusal)["error"]
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    return json_text({"type": "error", "error": {"type": kind, "message": error["message"]}}).encode()
