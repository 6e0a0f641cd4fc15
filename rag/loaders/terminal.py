"""What programs print, as a terminal shows it."""

import re
from typing import Any

# Colours and the like, and a window's title or a link's address, which end with a bell or with a string's end.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z^-~])")
# Bars of progress go back to the beginning of their line by either.
BACK = re.compile("\x08{2,}")
RUBBED_OUT = re.compile("[^\n]\x08")
OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\r\n])")


def without_escapes(value: Any) -> Any:
    """The same value with plain texts in it."""
    match value:
        case str():
            return ESCAPES.sub("", value)
        case list():
            return [without_escapes(each) for each in value]
        case dict():
            return {without_escapes(name): without_escapes(each) for name, each in value.items()}
    return value


def as_shown(printed: str) -> str:
    """Of a line that was written again and again, what it said last."""
    printed = RUBBED_OUT.sub("", BACK.sub("\r", printed.replace("\r\n", "\n")))
    return OVERWRITTEN.sub("", printed).replace("\r", "")
