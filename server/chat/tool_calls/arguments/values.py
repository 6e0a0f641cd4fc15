"""Values as programs write them: `"text"`, `3`, `True`, `[1, 2]`, `{a: 1}`."""

import json
import re
from collections.abc import Collection
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

# Gemma's quotation mark is a token of its own, so that what it quotes needs no escapes.
QUOTE = '<|"|>'

WORDS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None}
SCALAR = re.compile(r"[^\s,:\[\]{}()]+(?=[\s,\]})])")
SINGLE = re.compile(r"'(?:[^'\\\n]|\\.)*'")
# Python's; one that it does not know, or that is broken, stays as it is written: a path such as C:\Users has some.
ESCAPE = re.compile(r"""\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00[0-9A-Fa-f]{6}|[\\'"abfnrtv])""")
ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
SPACE = re.compile(r"\s*")


class Incomplete(Exception):
    """The text ends before the value does."""


def as_text(value: Any) -> str:
    """A value as JSON text. Half of a pair of surrogates, which a model can write as an escape, is no character."""
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words(types: Collection[str]) -> list[str]:
    """What Python calls the values of these types otherwise than JSON."""
    return [*(["True", "False"] if "boolean" in types else []), *(["None"] if "null" in types else [])]


def read_value(text: str, at: int, names: Collection[str] = ()) -> tuple[Any, int]:
    """The value that begins at a position, and where it ends; raises Incomplete.

    `names` are those in objects that a colon does not end.
    """
    if text.startswith(QUOTE, at):
        end = text.find(QUOTE, at + len(QUOTE))
        if end < 0:
            raise Incomplete
        return text[at + len(QUOTE) : end], end + len(QUOTE)
    match text[at : at + 1]:
        case '"':
            try:
                value, end = scanstring(text, at + 1, False)
            except ValueError:
                raise Incomplete from None
            return value, end
        case "'":
            if not (quoted := SINGLE.match(text, at)):
                raise Incomplete
            return ESCAPE.sub(_unescaped, quoted[0][1:-1]), quoted.end()
        case "[":
            return _read_items(text, at + 1, "]", names)
        case "{":
            return _read_items(text, at + 1, "}", names)
    if not (found := SCALAR.match(text, at)):
        raise Incomplete
    return WORDS[found[0]] if found[0] in WORDS else json.loads(found[0]), found.end()


def _unescaped(escape: re.Match[str]) -> str:
    kind, digits = escape[0][1], escape[0][2:]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else escape[0]
    return ESCAPED.get(kind, kind)


def _read_items(text: str, at: int, closing: str, names: Collection[str]) -> tuple[Any, int]:
    items: list[Any] = []
    entries: dict[str, Any] = {}
    while True:
        at = _after_space(text, at)
        if text.startswith(closing, at):
            return (items if closing == "]" else entries), at + 1
        if closing == "]":
            item, at = read_value(text, at, names)
            items.append(item)
        else:
            key, at = _read_key(text, at, names)
            entries[key], at = read_value(text, at, names)
        at = _after_space(text, at)
        if text.startswith(",", at):
            at += 1


def _read_key(text: str, at: int, names: Collection[str]) -> tuple[str, int]:
    if text.startswith((QUOTE, '"', "'"), at):
        key, end = read_value(text, at)
    else:
        known = next((name for name in names if text.startswith(f"{name}:", at)), None)
        end = at + len(known) if known else text.find(":", at)
        key = text[at:end]
    end = _after_space(text, end)
    if end < 0 or not text.startswith(":", end):
        raise Incomplete
    return key, _after_space(text, end + 1)


def _after_space(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    assert found
    if found.end() == len(text):
        raise Incomplete
    return found.end()
