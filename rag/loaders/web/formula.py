"""Formulas of web pages on one line: MathML, and powers of numbers."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

MATH = re.compile(r"(?:\w+:)?math")
TEX = re.compile("tex", re.IGNORECASE)
TOKENS = ("mi", "mn", "mo", "ms", "mtext")
# Signs for machines: the application of a function, and products that are not written.
UNSEEN = re.compile("[\u2061-\u2064]")
IN_PARENTHESES = re.compile(r"\([^()]*\)")
# What stands before each part.
SIGNS = {
    "mfrac": ("", "/"),
    "msup": ("", "^"),
    "msub": ("", "_"),
    "msubsup": ("", "_", "^"),
    "mover": ("", "^"),
    "munder": ("", "_"),
    "munderover": ("", "_", "^"),
}
NUMBER = re.compile(r"\s*[-+−–]?\d+(?:[.,]\d+)?\s*")


def write_formulas(soup: BeautifulSoup) -> None:
    for math in soup.find_all(MATH):
        if not math.decomposed:
            _show_once(math)
            tex = math.find(_is_tex)
            math.string = tex.get_text().strip() if isinstance(tex, Tag) else _in_line(math)
    for power in soup.find_all("sup"):
        if NUMBER.fullmatch(power.get_text()) and _follows_digit(power) and not _is_linked(power):
            power.insert(0, "^")


def _show_once(math: Tag) -> None:
    """Programs put a formula for the eye beside one that is read aloud, and hide either."""
    around = math.parent
    beside = (child for child in around.children if child is not math) if around else ()
    if around is None or any(isinstance(child, Tag) or str(child).strip() for child in beside):
        return
    around.attrs.clear()
    for other in (around.find_previous_sibling(), around.find_next_sibling()):
        if isinstance(other, Tag) and other.get("aria-hidden") == "true":
            other.decompose()


def _is_tex(element: Tag) -> bool:
    return _name(element) == "annotation" and bool(TEX.search(str(element.get("encoding") or "")))


def _in_line(element: Tag) -> str:
    name, parts = _name(element), list(_elements(element))
    if name in TOKENS:
        return UNSEEN.sub("", element.get_text().strip())
    if name in SIGNS and len(parts) == len(SIGNS[name]):
        return "".join(sign + _side(part) for sign, part in zip(SIGNS[name], parts, strict=True))
    if name == "msqrt":
        return f"√({''.join(map(_in_line, parts))})"
    if name == "mroot" and len(parts) == 2:
        return f"{_side(parts[0])}^(1/{_side(parts[1])})"
    if name == "mfenced":
        return f"({', '.join(map(_in_line, parts))})"
    if name == "semantics":
        parts = parts[:1]
    joint = {"mtable": "; ", "mtr": " "}.get(name, "")
    return joint.join(map(_in_line, parts)) if parts else element.get_text().strip()


def _side(element: Tag) -> str:
    """In parentheses if it is more than one sign, number or name."""
    said = _in_line(element)
    several = sum(_name(part) in TOKENS for part in element.find_all(True)) > 1
    return f"({said})" if several and not IN_PARENTHESES.fullmatch(said) else said


def _elements(element: Tag) -> Iterator[Tag]:
    return (child for child in element.children if isinstance(child, Tag))


def _name(element: Tag) -> str:
    return element.name.rpartition(":")[2]


def _follows_digit(power: Tag) -> bool:
    before = power.previous_sibling
    return before is not None and before.get_text()[-1:].isdecimal()


def _is_linked(power: Tag) -> bool:
    """A footnote, then."""
    return power.find("a") is not None or power.find_parent("a") is not None
