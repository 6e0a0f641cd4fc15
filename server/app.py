"""The ASGI application."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from server.api import (
    chat,
    completions,
    embeddings,
    errors,
    health,
    metrics,
    models,
    responses,
    tokenize,
)
from server.api.middleware import ApiKeys, AssumeJson, BodyLimit, Mistakes, RequestId, TimeLimit
from server.api.served import Served
from server.settings import Access

MAX_BODY_BYTES = 32 * 1024 * 1024


class Utf8JsonResponse(JSONResponse):
    """Names its encoding: Windows PowerShell takes JSON for Latin-1 otherwise."""

    media_type = "application/json; charset=utf-8"


def create_app(served: Served, access: Access = Access()) -> FastAPI:  # noqa: B008  (it is frozen)
    app = FastAPI(
        title="agent starter kit",
        description="OpenAI's API on local models.",
        default_response_class=Utf8JsonResponse,
    )
    app.state.served = served
    for resource in (models, chat, completions, responses, embeddings, tokenize, health, metrics):
        app.include_router(resource.router)
    errors.install(app)
    # From the inside out.
    app.add_middleware(AssumeJson)
    app.add_middleware(Mistakes)
    app.add_middleware(TimeLimit, seconds=access.request_seconds)
    app.add_middleware(BodyLimit, bytes_at_most=MAX_BODY_BYTES)
    if access.api_keys:
        app.add_middleware(ApiKeys, keys=access.api_keys)
    if access.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=access.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app.add_middleware(RequestId)
    return app
