import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text
from rich.text import Text

from kit.console import Console
from kit.printable import printable
from kit.problem import Problem


@pytest.mark.parametrize(
    "harmless", ["plain", "中文，和标点。\n\ttab", "é ü ñ", "👨‍👩‍👧 ❤️", "می\u200cخواهم", "العربية", "\u3000"]
)
def test_text_of_every_script_is_left_as_it_is(harmless: str) -> None:
    assert printable(harmless) == harmless


@pytest.mark.parametrize(
    ("acting", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("yes\rno", r"yes\rno"),
        ("a\x08b\x7f", r"a\x08b\x7f"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066\u2069\u200e\u061c", r"\u2066\u2069\u200e\u061c"),
        ("pass\u200bword\ufeff\xad", r"pass\u200bword\ufeff\xad"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_written_out(acting: str, shown: str) -> None:
    assert printable(acting) == shown


@given(text(characters()))
def test_nothing_that_acts_is_left_of_any_text(anything: str) -> None:
    left = set(map(unicodedata.category, set(printable(anything)) - set("\n\t\u200c\u200d")))

    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_the_console_colours_and_passes_no_foreign_colours_on() -> None:
    screen = io.StringIO()

    Console(file=screen, force_terminal=True, color_system="standard").print(Text("\x1b[2Jred", style="red"))

    assert screen.getvalue() == "\x1b[31m\\x1b[2Jred\x1b[0m\n"


def test_a_problem_that_quotes_a_server_is_harmless() -> None:
    assert r"said \x1b[2J" in str(Problem("the server said \x1b[2J", "服务器说 \x1b[2J"))
