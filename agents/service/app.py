"""The ASGI application, and the program that listens until Ctrl-C."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.util import find_spec

import uvicorn
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from agents.runtime.mcp_server import mcp_server
from agents.runtime.screen import note
from agents.service import errors
from agents.service.database import database
from agents.service.readable import Readable
from agents.service.routes import State, router
from agents.service.samples import Samples
from agents.service.settings import Settings
from agents.service.threads import Threads
from kit.http.connections import Connection
from kit.http.guard import add_guard
from kit.http.listen import bind

MAX_BODY_BYTES = 1024 * 1024
STOP_SECONDS = 3


def create_app(settings: Settings, stack: ExitStack) -> FastAPI:
    """Raises `Problem` for a database that can't be used. `stack` closes it, and the MCP servers, at the end."""
    threads = Threads(stack.enter_context(database(settings.database)))
    service = State(Samples(stack), threads)

    tools = mcp_server()
    protocols = list(tools.streamable_http_app().routes)  # /mcp

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.session_manager.run():
            yield
        await service.runs.all_done(STOP_SECONDS)

    app = FastAPIOffline(
        redoc_url=None, title="agents", description="The agents over HTTP.", lifespan=lifespan
    )
    app.state.service = service
    app.include_router(router)
    if find_spec("a2a"):
        from agents.service import a2a

        protocols += a2a.routes(service)
    for route in protocols:
        if isinstance(route, Route):
            route.app = Readable(route.app)
    app.router.routes.extend(protocols)
    errors.install(app)
    add_guard(
        app,
        bytes_at_most=MAX_BODY_BYTES,
        api_keys=settings.api_keys,
        key_setting="AGENTS_API_KEY",
        cors_origins=settings.cors_origins,
        allowed_hosts=settings.allowed_hosts,
    )
    return app


class Server(uvicorn.Server):
    """When it is told to stop, every answer under way is cancelled, and its stream ends as it should."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._runs = app.state.service.runs

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._runs.cancel_all()
        await super().shutdown(sockets)


def serve() -> None:
    """Raises `Problem` for settings, a port or a database that can't be used."""
    settings = Settings.from_env()
    with ExitStack() as stack:
        sockets = bind(settings.host, settings.port, "AGENTS_ADDR")
        app = create_app(settings, stack)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{settings.port}"
        note(
            f"Agents at {url}/agents, what can be asked at {url}/docs. Ctrl-C stops.",
            f"智能体：{url}/agents，接口文档：{url}/docs。按 Ctrl-C 停止。",
        )
        logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO, datefmt="%H:%M:%S")
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        Server(app).run(sockets)
