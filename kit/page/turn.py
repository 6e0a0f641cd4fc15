"""A question, and what comes of it."""

import html
import re
import time
from contextlib import nullcontext

from nicegui import ui

from kit.page.figures import in_all
from kit.page.parts import WRAPS
from kit.page.say import Say

CAPTION_CHARACTERS = 80
CITED = re.compile(r"\[(\d{1,3})\](?!\()")


class Turn:
    """Words and thoughts as they are written, calls folded, sources and figures at the end. `place` is for more."""

    def __init__(self, say: Say, question: str) -> None:
        self.question = question
        self._began = time.monotonic()
        self._first: float | None = None
        self._costs: list[tuple[int, int, int]] = []
        self._say = say
        self._writing: ui.label | None = None
        self._are_thoughts = False
        self._calls: dict[str, ui.expansion] = {}
        self._sources: list[tuple[int, str, str, str]] = []
        ui.label(question).classes("self-end q-pa-sm rounded-borders bg-primary text-white").style(WRAPS)
        self.place = ui.column()
        self._spinner = ui.spinner("dots", size="lg").props('aria-label="…"')

    def begins(self) -> None:
        """The first token is there."""
        self._first = self._first or time.monotonic()

    def write(self, piece: str, *, is_thought: bool = False) -> None:
        """Plain while it is written, so that a token costs nothing, and Markdown in the end."""
        if not piece:
            return
        self.begins()
        if self._writing is None or self._are_thoughts != is_thought:
            self._end_text()
            self._are_thoughts = is_thought
            with self.place, ui.expansion(self._say("Thoughts", "思考过程")) if is_thought else nullcontext():
                self._writing = ui.label().style(WRAPS)
        self._writing.text += piece

    def call(self, call_id: str, name: str, arguments: str) -> None:
        self._end_text()
        with self.place, ui.expansion(f"→ {name}", caption=arguments[:CAPTION_CHARACTERS]) as call:
            ui.code(arguments, language="json")
        self._calls[call_id] = call

    def result(self, call_id: str, result: str, *, failed: bool) -> None:
        with self._calls.get(call_id, self.place):
            ui.code(result, language="text")
        if call_id in self._calls:
            self._calls[call_id].props["icon"] = "error" if failed else "check"

    def note(self, text: str, *, failed: bool = False) -> None:
        self._end_text()
        with self.place:
            ui.label(text).classes("text-negative" if failed else "text-italic").style(WRAPS)

    def source(self, number: int, citation: str, text: str, evidence: str = "") -> None:
        """A passage that `[number]` links to: open, and with its evidence marked, where there is some."""
        self._sources.append((number, citation, text, evidence))

    def cost(self, read: int, cached: int, written: int) -> None:
        """Tokens of one call of the model."""
        self._costs.append((read, cached, written))

    def end(self) -> None:
        self._end_text()
        self._spinner.delete()
        with self.place:
            for number, citation, text, evidence in self._sources:
                ui.link_target(self._anchor(number))
                with ui.expansion(f"[{number}] {citation}", value=bool(evidence)).props("dense"):
                    ui.html(marked(text, evidence)).style(WRAPS)
            told = in_all(self._say, self._began, self._first, self._costs)
            ui.label(told).classes("text-caption")

    def _end_text(self) -> None:
        if self._writing and (parent := self._writing.parent_slot):
            with parent:
                ui.markdown(CITED.sub(self._link, self._writing.text)).style("overflow-wrap: anywhere")
            self._writing.delete()
            self._writing = None

    def _link(self, cited: re.Match[str]) -> str:
        known = any(number == int(cited[1]) for number, *_ in self._sources)
        return f"[[{cited[1]}]](#{self._anchor(int(cited[1]))})" if known else cited[0]

    def _anchor(self, number: int) -> str:
        return f"c{self.place.id}-{number}"


def marked(text: str, evidence: str) -> str:
    """The text with its evidence marked; a table's cell, which is spelt out as the model read it, stands above it."""
    marked = f"<mark>{html.escape(evidence)}</mark>"
    if evidence in text:
        return html.escape(text).replace(html.escape(evidence), marked, 1) if evidence else html.escape(text)
    return f"{marked}\n\n{html.escape(text)}"
