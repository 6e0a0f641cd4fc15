"""Documents: uploaded, read into the index, and asked, with the sentence that bears the answer out."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any

from nicegui import ui

from kit.page.conversation import Conversation
from kit.page.parts import tell, upload_button
from kit.page.say import Say
from kit.page.turn import Turn
from server.page.answer import Asked
from server.page.calls import Calls, Refused

MOST_BYTES = 32_000_000  # the server takes 32 MiB with all that is around a file


class Documents:
    """What the index holds is listed anew whenever the tab is opened, and after each change."""

    def __init__(self, calls: Calls, say: Say) -> None:
        self._calls, self._say = calls, say
        self._turn = asyncio.Lock()
        upload_button(say, MOST_BYTES, self._ingest)
        self._reading = ui.column()
        self._held = ui.expansion(icon="folder")
        Conversation(say, self._answer)

    async def show(self) -> None:
        try:
            files = (await self._calls("GET", "/v1/files"))["data"]
        except Refused as refused:
            self._held.text = str(refused)
            return
        size = _kilobytes(sum(file["bytes"] for file in files))
        self._held.text = self._say("Files: ", "文件：") + f"{len(files)} · {size}"
        self._held.clear()
        with self._held:
            for file in files:
                self._row(file)

    def _row(self, file: dict[str, Any]) -> None:
        say, name = self._say, file["filename"]
        held = ("in the index", "已入索引") if file["status"] == "processed" else ("stored", "仅保存")
        with ui.row().classes("items-center"):
            ui.label(f"{name} · {_kilobytes(file['bytes'])} · {say(*held)}").style("overflow-wrap: anywhere")
            gone = partial(self._calls, "DELETE", f"/v1/files/{file['id']}")
            delete = ui.button(icon="delete", on_click=lambda: self._try(gone()))
            delete.props["aria-label"] = say(f"Delete {name}", f"删除 {name}")
            delete.props("flat dense color=negative")

    async def _ingest(self, event: Any) -> None:
        with self._reading, ui.row().classes("items-center full-width") as row:
            ui.label(event.file.name)
            bar = ui.linear_progress(0, show_value=False).style("flex: 1")
            bar.props["aria-label"] = event.file.name
            told = ui.label()

        async def read() -> None:
            async with self._turn:  # the server refuses a crowd
                files = {"file": (event.file.name, await event.file.read())}
                async for at in self._calls.events("/v1/create/rag", files=files, data={"stream": "true"}):
                    bar.value = at["completed"] / (at["total"] or 1)
                    told.text = self._say(f"{at['chunks']} chunks", f"{at['chunks']} 个片段")

        await self._try(read())
        row.delete()

    async def _try(self, change: Awaitable[Any]) -> None:
        try:
            await change
        except Refused as refused:
            tell(self._held, str(refused))
        await self.show()

    async def _answer(self, turn: Turn) -> None:
        asked = Asked(self._calls, turn.question)
        async for piece in asked:
            turn.write(piece)
        for source in asked.sources():
            turn.source(*source)


def _kilobytes(count: int) -> str:
    return f"{count / 1e3:,.1f} kB"
