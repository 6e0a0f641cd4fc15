"""The ASGI application."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from server.api import chat, completions, embeddings, errors, health, models
from server.api.served import Served


def create_app(served: Served) -> FastAPI:
    app = FastAPI(title="agent starter kit", description="OpenAI's API on local models.")
    app.state.served = served
    for resource in (models, chat, completions, embeddings, health):
        app.include_router(resource.router)
    errors.install(app)
    app.add_middleware(AssumeJson)
    return app


class AssumeJson:
    """Reads every body as JSON: `curl -d` calls it a form, and some clients do not name a type at all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
        await self._app(scope, receive, send)
