"""The page: a tab a noun, behind a key where the server wants one."""

import json

from nicegui import ui
from starlette.requests import Request

from kit.page.parts import title
from kit.page.say import Say, speaker
from server.page.ask import Ask
from server.page.calls import Calls, Refused
from server.page.documents import Documents
from server.page.models import Models
from server.page.requests import Requests

KEY = "moly-api-key"  # where the browser keeps it
LOOK_SECONDS = 20


def build(request: Request, language: str) -> None:
    say, calls = speaker(language), Calls(request)
    ui.context.client.on_delete(calls.close)
    with ui.header().classes("items-center q-py-none"):
        title("moly")
        with ui.tabs().props("no-caps dense outside-arrows mobile-arrows") as tabs:
            ui.tab("ask", say("Ask", "提问"))
            ui.tab("models", say("Models", "模型"))
            ui.tab("documents", say("Documents", "文档"))
            ui.tab("requests", say("Requests", "请求"))
    with ui.tab_panels(tabs, value="ask").classes("full-width").props("role=main"):
        with ui.tab_panel("ask"):
            Ask(calls, say)
        with ui.tab_panel("models"):
            models = Models(calls, say)
        with ui.tab_panel("documents"):
            documents = Documents(calls, say)
        with ui.tab_panel("requests"):
            Requests(calls, say, lambda: tabs.value == "requests")
    listed = {"models": models.show, "documents": documents.show}
    tabs.on_value_change(lambda change: listed[change.value]() if change.value in listed else None)
    ui.timer(0, lambda: _unlock(calls, say), once=True)


async def _unlock(calls: Calls, say: Say) -> None:
    """Ask for a key where the server demands one that this browser does not keep yet."""
    try:
        kept = await ui.run_javascript(f"localStorage.getItem('{KEY}') ?? ''", timeout=LOOK_SECONDS)
    except TimeoutError:
        kept = ""
    calls.key = kept or ""
    if await _knows(calls):
        return
    with ui.dialog(value=True).props("persistent") as dialog, ui.card():
        ui.label(say("This server wants a key.", "此服务器需要密钥。")).classes("text-h6")
        ui.label(say("It is one of MOLY_API_KEY in its .env.", "密钥见其 .env 中的 MOLY_API_KEY。"))
        field = ui.input(say("Key", "密钥"), password=True).props("autofocus outlined").classes("full-width")
        wrong = say("The server does not know this key.", "服务器不认识此密钥。")

        async def enter() -> None:
            calls.key = field.value.strip()
            if await _knows(calls):
                ui.run_javascript(f"localStorage.setItem('{KEY}', {json.dumps(calls.key)})")
                dialog.close()
            else:
                field.props(f'error error-message="{wrong}"')

        field.on("keydown.enter", enter)
        ui.button(say("Enter", "确定"), on_click=enter)


async def _knows(calls: Calls) -> bool:
    try:
        await calls("GET", "/v1/models")
    except (Refused, UnicodeEncodeError) as error:  # a key is ASCII
        if getattr(error, "status", 401) != 401:
            raise
        return False
    return True
