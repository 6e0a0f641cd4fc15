"""The last requests, live: what was asked, what the model wrote, and why no call came of it."""

import time
from collections.abc import Callable
from typing import Any

from nicegui import ui

from kit.page.say import Say
from server.page.account import in_one_line, reasons
from server.page.calls import Calls, Refused

SECONDS = 1.0  # between two looks


class Requests:
    """Looks only while `seen`."""

    def __init__(self, calls: Calls, say: Say, seen: Callable[[], bool]) -> None:
        self._calls, self._say, self._seen = calls, say, seen
        self._rows: dict[str, _Row] = {}
        none = "No requests yet. MOLY_REQUESTS=0 keeps none.", "还没有请求。MOLY_REQUESTS=0 不保留请求。"
        self._none = ui.label(say(*none))
        self._list = ui.column().classes("gap-0")
        ui.timer(SECONDS, self._look)

    async def _look(self) -> None:
        if not self._seen():
            return
        try:
            data = (await self._calls("GET", "/v1/requests"))["data"]
        except Refused:  # the key is asked for elsewhere
            return
        self._none.visible = not data
        for one in reversed(data):
            if one["id"] not in self._rows:
                with self._list:
                    self._rows[one["id"]] = row = _Row(self._calls, self._say, one["id"])
                row.place.move(target_index=0)
            self._rows[one["id"]].show(one)
        for gone in self._rows.keys() - {one["id"] for one in data}:
            self._rows.pop(gone).place.delete()


class _Row:
    """One request: its figures, and more when it is opened."""

    def __init__(self, calls: Calls, say: Say, request_id: str) -> None:
        self._calls, self._say, self._id = calls, say, request_id
        self.place = ui.expansion("…").props("dense")
        self.place.on_value_change(lambda change: self._open() if change.value else None)

    def show(self, one: dict[str, Any]) -> None:
        self.place.text = f"{time.strftime('%H:%M:%S', time.localtime(one['created']))} {one['path']}"
        self.place.props["caption"] = in_one_line(one, self._say)

    async def _open(self) -> None:
        try:
            one = await self._calls("GET", f"/v1/requests/{self._id}")
        except Refused as refused:
            one = {"error": str(refused), "answers": []}
        self.place.clear()
        with self.place:
            if one["error"]:
                ui.label(one["error"]).classes("text-negative")
            for answer in one["answers"]:
                self._show(answer)

    def _show(self, answer: dict[str, Any]) -> None:
        say = self._say
        if answer["tools"]:
            ui.label(say("Tools: ", "工具：") + ", ".join(answer["tools"]))
        for reason in reasons(answer, say):
            ui.label(reason).classes("text-weight-bold")
        texts = [(say("The prompt as the model reads it", "模型实际读到的提示词"), answer["prompt"])]
        texts += [
            (say("Written", "模型所写") + f" ({step['step']})", step["written"]) for step in answer["steps"]
        ]
        for title, text in texts:
            if text:
                ui.label(title).classes("text-caption")
                ui.code(text, language="text")
