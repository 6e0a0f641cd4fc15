"""Steps on the terminal: answers as Markdown while they are written, tools with arguments and result."""

import json
import time
from collections.abc import Iterator

import rich.console
from rich.console import ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment, Segments
from rich.text import Text

from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult, Usage
from kit.console import Console
from kit.printable import printable

SHOWN_CHARACTERS = 300
FRAMES_PER_SECOND = 8

console = Console(highlight=False, soft_wrap=True)
waiting = console.status("waiting for the model 等待模型 …")


def show(steps: Iterator[Step]) -> None:
    """Show the steps to one answer as they happen, then its time and tokens. Plain text into a pipe."""
    began = time.monotonic()
    writing = _Writing()
    usages = []
    wait()
    try:
        for step in steps:
            waiting.stop()
            if isinstance(step, TextDelta):
                writing.add(step.text)
                continue
            writing.end()
            match step:
                case ToolCall(_, name, arguments):
                    say(f"→ {name} {shortened(json.dumps(arguments, ensure_ascii=False))}", "cyan")
                case ToolResult(_, _, result, failed):
                    say(f"← {shortened(result)}", "red" if failed else "green")
                    wait()
                case Note(en, zh):
                    note(en, zh)
                case Usage():
                    usages.append(step)
    finally:
        waiting.stop()
        writing.end()
    seconds = f"{time.monotonic() - began:.1f} s"
    say(f"{seconds} · {_tokens(usages)}" if usages else seconds, "dim")


def wait() -> None:
    """A sign of life on the terminal until `waiting.stop()`: a small machine reads a long question for seconds."""
    if console.is_terminal:
        waiting.start()


def say(text: str, style: str = "") -> None:
    console.print(Text(text, style=style))


def note(en: str, zh: str) -> None:
    """A word of the program's own, in both languages."""
    say(f"{en}\n{zh}", "yellow")


class _Writing:
    """Text that is still being written."""

    def __init__(self) -> None:
        self._text = ""
        self._live: Live | None = None

    def add(self, piece: str) -> None:
        self._text += printable(piece)
        if not console.is_terminal:
            console.print(piece, end="", markup=False)
        # Models begin with an empty line now and then.
        elif self._text.strip():
            if self._live is None:
                self._live = Live(console=console, refresh_per_second=FRAMES_PER_SECOND, transient=True)
                self._live.start()
            self._live.update(_Tail(_markdown(self._text)))

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            console.print(_markdown(self._text))
        elif self._text and not console.is_terminal:
            console.print()
        self._text, self._live = "", None


class _Tail:
    """The last lines that fit on the screen: a text longer than that cannot be drawn anew in place."""

    def __init__(self, markdown: Markdown) -> None:
        self._markdown = markdown

    def __rich_console__(self, console: rich.console.Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._markdown, options.update(height=None))
        for line in lines[-max(1, console.height - 1) :]:
            yield Segments([*line, Segment.line()])


def _markdown(text: str) -> Markdown:
    # An address is shown, since a link could say one and lead to another.
    return Markdown(text, hyperlinks=False)


def shortened(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]} … ({len(text)} characters)"


def _tokens(usages: list[Usage]) -> str:
    read = sum(usage.input_tokens for usage in usages)
    cached = sum(usage.cached_tokens for usage in usages)
    written = sum(usage.output_tokens for usage in usages)
    return f"tokens in 输入 {read}, cached 缓存 {cached}, out 输出 {written}"
