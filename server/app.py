"""The ASGI application."""

from collections import deque

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from kit.http.body_limit import BodyLimit
from kit.http.guard import add_guard
from kit.page.mount import Build, Page, belongs
from server.api import errors, openapi
from server.api.documents import chunks, create, files, retrieve
from server.api.documents.library import Library
from server.api.documents.store import default_folder
from server.api.drain import Drain
from server.api.json_text import Utf8JsonResponse
from server.api.messages import route as messages
from server.api.messages.errors import AnthropicErrors
from server.api.middleware.compressed import Compressed
from server.api.middleware.head import Head
from server.api.middleware.json import AssumeJson
from server.api.middleware.mistakes import Mistakes
from server.api.middleware.request_id import RequestId
from server.api.middleware.request_log import RequestLog
from server.api.middleware.time_limit import TimeLimit
from server.api.models import cached, catalogue, download, load
from server.api.models.downloads import Downloads
from server.api.responses import route as responses
from server.api.responses import stored
from server.api.routes import (
    chat,
    completions,
    embeddings,
    health,
    info,
    metrics,
    models,
    requests,
    rerank,
    tokenize,
    unsupported,
)
from server.api.served import Served
from server.api.switch import Switch, needs, wake_ranker
from server.api.unenforced import HEADER
from server.settings import Access

MAX_BODY_BYTES = 32 * 1024 * 1024
KEPT_REQUESTS = 100
TITLE = "moly"


def create_app(
    served: Served,
    access: Access = Access(),  # noqa: B008  (it is frozen)
    switch: Switch | None = None,
) -> FastAPI:
    """Without a `switch` the models stay those that are served at the start."""
    # The scripts of /docs come from a package: a CDN may be out of reach.
    app = FastAPIOffline(
        redoc_url=None,
        title="agent starter kit",
        description="OpenAI's API on local models.",
        default_response_class=Utf8JsonResponse,
        lifespan=switch.watch if switch else None,
    )
    app.state.served = served
    app.state.requests = deque(maxlen=KEPT_REQUESTS)
    app.state.switch = switch
    app.state.downloads = Downloads()
    app.state.drain = drain = Drain()
    app.state.library = Library(served, default_folder())
    app.state.demands_key = bool(access.api_keys)
    for change in (catalogue, load, download, cached):
        app.include_router(change.router)
    for needs_chat in (chat, completions, responses, messages):
        app.include_router(needs_chat.router, dependencies=[needs("chat")])
    for needs_embedding in (embeddings, create, retrieve):
        app.include_router(needs_embedding.router, dependencies=[needs("embedding")])
    app.include_router(rerank.router, dependencies=[Depends(wake_ranker)])
    for resource in (models, stored, files, chunks, tokenize, info, unsupported, health, metrics, requests):
        app.include_router(resource.router)
    errors.install(app)
    openapi.install(app)
    # From the inside out.
    app.add_middleware(BodyLimit, bytes_at_most=MAX_BODY_BYTES)
    app.add_middleware(Compressed)
    app.add_middleware(AssumeJson)
    app.add_middleware(Head)
    app.add_middleware(Page, load=_page, title=TITLE, framed_by=access.cors_origins)
    app.add_middleware(Mistakes)
    if access.kept_requests:
        app.add_middleware(RequestLog, entries=app.state.requests)
    app.add_middleware(
        TimeLimit, seconds=access.request_seconds, exempt=[download.PATH, create.PATH], drain=drain
    )
    add_guard(
        app,
        bytes_at_most=MAX_BODY_BYTES,
        api_keys=access.api_keys,
        key_setting="MOLY_API_KEY",
        cors_origins=access.cors_origins,
        allowed_hosts=access.allowed_hosts,
        exposed_headers=["Retry-After", "X-Request-ID", HEADER],
        is_open=_is_open,
    )
    app.add_middleware(AnthropicErrors)
    app.add_middleware(RequestId)
    return app


def _is_open(path: str) -> bool:
    """What needs no key: the page is an empty shell, whose calls need one."""
    return path == "/health" or belongs(path)


def _page() -> Build:
    from server.page.tabs import build

    return build
