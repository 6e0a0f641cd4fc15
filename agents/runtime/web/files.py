"""The files that an agent works on: those of `workspace`, up and down."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from nicegui import ui

from agents.tools.files import WORKSPACE, inside, list_files
from agents.tools.folder import open_file, replace_file
from kit.page.parts import upload_button
from kit.page.say import Say

MAX_BYTES = 16 * 1024 * 1024


class Files:
    """Folded away until somebody wants them; `show` lists them anew."""

    def __init__(self, say: Say) -> None:
        with ui.expansion(say("Files", "文件"), icon="folder", caption=f"{WORKSPACE}/"):
            self._list = ui.column().classes("gap-0")
            upload_button(say, MAX_BYTES, self._save)
        self.show()

    def show(self) -> None:
        self._list.clear()
        with self._list:
            for line in list_files().splitlines():
                name, _, size = line.rpartition(" (")
                if size.endswith(" bytes)"):
                    ui.button(line, icon="download", on_click=partial(_send, name)).props("flat dense")

    async def _save(self, event: Any) -> None:
        content = await event.file.read()
        with _told():
            root, file = inside(event.file.name)
            replace_file(root, file, content)
        self.show()


def _send(name: str) -> None:
    with _told():
        root, file = inside(name)
        with os.fdopen(open_file(root, file), "rb") as stream:
            ui.download.content(stream.read(MAX_BYTES), file.name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:
        ui.notify(str(error), type="negative")
