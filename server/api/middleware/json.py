"""What type a body has."""

from starlette.types import ASGIApp, Receive, Scope, Send

from kit.http.body_limit import is_upload


class AssumeJson:
    """Reads every body as JSON but uploads: `curl -d` calls it a form, and some clients do not name a type at all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and not is_upload(scope):
            headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
        await self._app(scope, receive, send)
