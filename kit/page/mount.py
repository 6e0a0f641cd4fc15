"""A page at `/` by NiceGUI, which is imported when somebody first asks: it takes 1.5 s and 70 MB."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Language = str  # of LANGUAGES
LANGUAGES = ("en-US", "zh-CN")
Build = Callable[[Request, Language], None]

# Vue compiles in the browser. Nothing comes from anywhere but this server, whatever a model or a document says.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)


def belongs(path: str) -> bool:
    """Whether a path is the page's own."""
    return path in ("/", "/favicon.ico") or path.startswith(("/_nicegui/", "/_nicegui_ws/"))


class Page:
    """Answers the page's own paths and hands everything else on. `load` returns what builds the page; it runs in a
    thread, so that a server goes on meanwhile. `framed_by` are origins that may show the page inside theirs."""

    def __init__(
        self, app: ASGIApp, load: Callable[[], Build], title: str, framed_by: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._load = load
        self._title = title
        self._policy = " ".join([POLICY, *framed_by])
        self._starting: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not belongs(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = self._policy
            await send(message)

        self._starting = self._starting or asyncio.create_task(self._start())
        page = await asyncio.shield(self._starting)
        if scope["path"] == "/":
            scope = {**scope, "path": f"/{_language(Headers(scope=scope).get('accept-language', ''))}"}
        await page(scope, receive, guarded)

    async def _start(self) -> ASGIApp:
        build = await asyncio.to_thread(self._load)
        from kit.page.site import start  # NiceGUI is there by now

        return await start(build, self._title)


def _language(accepted: str) -> Language:
    """The first of a browser's languages that the page speaks, or else English."""
    spoken = {"en": "en-US", "zh": "zh-CN"}
    tags = (tag.strip()[:2] for tag in accepted.lower().split(","))
    return next((spoken[tag] for tag in tags if tag in spoken), "en-US")
