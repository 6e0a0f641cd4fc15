"""What pages are made of beside NiceGUI's own elements."""

from collections.abc import Callable
from typing import Any, Literal

from nicegui import ui

from kit.page.say import Say

WRAPS = "white-space: pre-wrap; overflow-wrap: anywhere"


def title(text: str) -> None:
    ui.label(text).props("role=heading aria-level=1").classes("text-h6")


def tell(place: ui.element, text: str, kind: Literal["positive", "negative"] = "negative") -> None:
    """A notice, unless the page is gone."""
    if not place.is_deleted:
        with place:
            ui.notify(text, type=kind, multi_line=True, close_button=True)


def upload_button(say: Say, bytes_at_most: int, received: Callable[[Any], Any]) -> None:
    """NiceGUI's uploader has buttons without a name; this one's can be read."""

    def too_large() -> None:
        most = f"{bytes_at_most >> 20} MB"
        ui.notify(say(f"At most {most}.", f"最大 {most}。"), type="negative")

    uploader = ui.upload(
        multiple=True,
        auto_upload=True,
        max_file_size=bytes_at_most,
        on_upload=received,
        on_rejected=too_large,
    ).classes("hidden")
    choose = f"() => getElement({uploader.id}).$refs.qRef.pickFiles()"
    ui.button(say("Upload", "上传"), icon="upload").on("click", js_handler=choose)
