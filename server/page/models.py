"""The models that the kit knows or has: fetched, checked, loaded in the place of another, deleted."""

from functools import partial
from typing import Any

from nicegui import ui

from kit.page.parts import tell
from kit.page.say import Say
from server.page.calls import Calls, Refused
from server.page.facts import gigabytes, in_one_line, marks


class Models:
    """Listed anew whenever the tab is opened, and after each change."""

    def __init__(self, calls: Calls, say: Say) -> None:
        self._calls, self._say = calls, say
        self._memory = ui.label().classes("text-caption")
        self._list = ui.column()

    async def show(self) -> None:
        try:
            found = await self._calls("GET", "/v1/models/catalogue")
        except Refused as refused:
            self._memory.text = str(refused)
            return
        free, total = (gigabytes(found["memory"][which]) for which in ("available", "total"))
        memory = self._say(f"Memory: {free} of {total} are free.", f"内存：{total}，可用 {free}。")
        self._memory.text = f"{memory} {found['folder']}"
        self._list.clear()
        with self._list:
            for card in found["data"]:
                self._card(card)

    def _card(self, card: dict[str, Any]) -> None:
        say, name = self._say, card["id"]
        with ui.card().props(f'role=group aria-label="{name}"'):
            with ui.row().classes("items-center"):
                ui.label(card["name"]).classes("text-weight-bold")
                for mark in marks(card, say):
                    ui.badge(mark)
            ui.label(in_one_line(card, say)).classes("text-caption")
            with ui.row().classes("items-center full-width") as row:
                self._buttons(card, row)

    def _buttons(self, card: dict[str, Any], row: ui.row) -> None:
        say, name, asked = self._say, card["id"], {"json": {"model": card["id"]}}
        do = partial(self._do, row, "POST")
        if not card["on_disk"]:
            words = say("Resume", "继续下载") if card["downloaded_bytes"] else say("Download", "下载")
            ui.button(words, icon="download", on_click=partial(self._download, name, row))
            return
        if card["loaded"]:
            ui.button(say("Unload", "卸载"), on_click=partial(do, "/v1/models/unload", **asked))
        else:
            ui.button(say("Load", "加载"), on_click=partial(do, "/v1/models/load", **asked))
            delete = ui.button(say("Delete", "删除"), on_click=partial(self._delete, name, row))
            delete.props("color=negative")
        ui.button(say("Verify", "校验"), on_click=partial(self._verify, name, row))

    async def _do(self, row: ui.row, method: str, path: str, **sent: Any) -> Any:
        """A change with a sign of life, then the list as it is afterwards."""
        row.clear()
        with row:
            ui.spinner("dots", size="md").props('aria-label="…"')
        try:
            return await self._calls(method, path, **sent)
        except Refused as refused:
            tell(self._list, str(refused))
        finally:
            await self.show()

    async def _verify(self, name: str, row: ui.row) -> None:
        if done := await self._do(row, "POST", "/v1/models/verify", json={"model": name}):
            sound = self._say(f"{name} is what was published.", f"{name} 与发布的文件一致。")
            damaged = self._say(f"{name} is damaged.", f"{name} 已损坏。")
            tell(self._list, sound if done["sound"] else damaged, "positive" if done["sound"] else "negative")

    async def _delete(self, name: str, row: ui.row) -> None:
        with self._list, ui.dialog() as dialog, ui.card():
            ui.label(self._say(f"Delete {name} from the disk?", f"要从磁盘删除 {name} 吗？"))
            with ui.row():
                yes = ui.button(self._say("Delete", "删除"), on_click=lambda: dialog.submit(True))
                yes.props("color=negative")
                ui.button(self._say("Keep", "保留"), on_click=dialog.close)
        if await dialog:
            await self._do(row, "DELETE", f"/v1/models/files/{name}")

    async def _download(self, name: str, row: ui.row) -> None:
        asked = {"json": {"model": name}}
        cancel = partial(self._calls, "POST", "/v1/models/download/cancel", **asked)
        row.clear()
        with row:
            bar = ui.linear_progress(0, show_value=False).props(f'aria-label="{name}"').style("flex: 1")
            told = ui.label()
            ui.button(self._say("Cancel", "取消"), on_click=cancel)
        try:
            async for event in self._calls.events("/v1/models/download", **asked):
                bar.value = event["completed"] / (event["total"] or 1)
                told.text = f"{bar.value:.0%} · {event['source'] or '…'}"
        except Refused as refused:
            tell(self._list, str(refused))
        await self.show()
