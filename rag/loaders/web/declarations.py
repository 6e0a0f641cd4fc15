"""Declarations of style, such as "display: none", and which of them hide text."""

import math
import re

DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]*)")
LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))([a-z%]*)")
# What puts text beyond the edge of every screen.
FAR, FAR_IN_LETTERS = -900, -90
# What is for screen readers only has one dot of room.
SMALLEST = 1
OF_NO_SIZE = re.compile(r"inset\((?:[5-9]\d|100)%.*\)|rect\((?:[01](?:px)?[\s,]*){4}\)")
SIDES = ("left", "right", "top", "bottom")
SIZES = ("height", "max-height", "width", "max-width")
OVERFLOWS = ("overflow", "overflow-x", "overflow-y")
Declared = dict[str, str]


def declared(style: str) -> Declared:
    return {
        name.lower(): value.lower().replace("!important", "").strip()
        for name, value in DECLARATION.findall(style)
    }


def hiding(said: Declared) -> set[str]:
    """The properties by which the text is hidden: one that says otherwise elsewhere would show it."""
    return {name for is_hidden, names in WAYS.items() if is_hidden(said) for name in names}


def _is_off(said: Declared) -> bool:
    return said.get("display") == "none" or said.get("visibility") in ("hidden", "collapse")


def _is_faint(said: Declared) -> bool:
    return _length(said, "opacity")[0] == 0


def _is_tiny(said: Declared) -> bool:
    return _is_dot(said, "font-size")


def _is_far(said: Declared) -> bool:
    moved = SIDES if said.get("position") in ("absolute", "fixed") else ()
    return any(
        size <= (FAR if unit in ("px", "pt", "") else FAR_IN_LETTERS)
        for size, unit in (_length(said, name) for name in (*moved, "text-indent"))
    )


def _is_cut_off(said: Declared) -> bool:
    cuts = any(said.get(name, "").startswith(("hidden", "clip")) for name in OVERFLOWS)
    return (cuts and any(_is_dot(said, name) for name in SIZES)) or any(
        OF_NO_SIZE.fullmatch(said.get(name, "")) for name in ("clip", "clip-path")
    )


WAYS = {
    _is_off: ("display", "visibility"),
    _is_faint: ("opacity",),
    _is_tiny: ("font-size",),
    _is_far: ("position", "text-indent", *SIDES),
    _is_cut_off: ("clip", "clip-path", *OVERFLOWS, *SIZES),
}


def _is_dot(said: Declared, name: str) -> bool:
    size, unit = _length(said, name)
    return size == 0 or (size <= SMALLEST and unit in ("px", "pt"))


def _length(said: Declared, name: str) -> tuple[float, str]:
    """The number and its unit; where none is said, as much as one likes."""
    length = LENGTH.fullmatch(said.get(name, ""))
    return (float(length[1]), length[2]) if length else (math.inf, "")
