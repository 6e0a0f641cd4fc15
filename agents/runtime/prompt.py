"""The prompt of the chat: what is pasted is one question, however many lines it has."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

PASTE_SECONDS = 0.05  # lines that wait so soon after the first were pasted with it


def question_reader() -> Callable[[], str]:
    """A function that reads one question, with arrow keys and a history where Python has them."""
    try:
        import readline
    except ImportError:  # Windows
        return _with_waiting_lines
    if "libedit" in (readline.__doc__ or ""):
        return _with_waiting_lines
    # The terminal then says where a paste begins and ends. Python turns it off for its own prompt.
    readline.parse_and_bind("set enable-bracketed-paste on")
    return lambda: input("> ")


def _with_waiting_lines() -> str:
    lines = [input("> ")]
    with suppress(EOFError):
        while _more_waits():
            lines.append(input())
    return "\n".join(lines)


def _more_waits() -> bool:
    if sys.platform == "win32":
        import msvcrt

        time.sleep(PASTE_SECONDS)
        return msvcrt.kbhit()
    import select

    return bool(select.select([sys.stdin], [], [], PASTE_SECONDS)[0])
