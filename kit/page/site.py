"""NiceGUI at work inside another application. Imports it: only for a page that somebody opens."""

from contextlib import AsyncExitStack

from fastapi import FastAPI
from nicegui import core, ui
from starlette.requests import Request
from starlette.types import ASGIApp

from kit.page.mount import LANGUAGES, Build

RECONNECT_SECONDS = 10

_running = AsyncExitStack()

for wide in (ui.card, ui.code, ui.column, ui.expansion):
    wide.default_classes("full-width")
ui.button.default_props("no-caps")
ui.textarea.default_props("autogrow outlined")


async def start(build: Build, title: str) -> ASGIApp:
    """The application that serves the page in every language, each under its own path."""
    site = FastAPI()
    # Its style sheets compiled in the browser and its compression cost more than they bring on one machine.
    ui.run_with(
        site,
        title=title,
        dark=None,
        tailwind=False,
        gzip_middleware_factory=None,
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    # Quasar's bar for whatever is fetched tells a screen reader nothing, not even its name.
    core.app.config.quasar_config["loadingBar"]["skipHijack"] = True
    # Any page may open a websocket, and read what is polled from a server that allows all origins, as NiceGUI's does.
    core.app.config.socket_io_js_transports = ["websocket"]
    core.sio.eio.transports = ["websocket"]
    core.sio.eio.cors_allowed_origins = []  # whoever mounts the page has asked for the origin already
    for language in LANGUAGES:
        _page(build, language)
    await _running.enter_async_context(site.router.lifespan_context(site))
    return site


def _page(build: Build, language: str) -> None:
    @ui.page(f"/{language}", language=language)  # type: ignore[arg-type]
    def page(request: Request) -> None:
        ui.colors(primary="#1a5fb4", negative="#b3261e")
        ui.add_css(".nicegui-code pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24em }")
        build(request, language)
