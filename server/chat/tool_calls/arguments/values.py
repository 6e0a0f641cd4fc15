"""Values as programs write them: `"text"`, `3`, `True`, `[1, 2]`, `{a: 1}`."""

import ast
import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

# Gemma's quotation mark is a token of its own, so that what it quotes needs no escapes.
QUOTE = '<|"|>'

WORDS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None}
SCALAR = re.compile(r"[^\s,:\[\]{}()]+(?=[\s,\]})])")
SINGLE = re.compile(r"'(?:[^'\\\n]|\\.)*'")
SPACE = re.compile(r"\s*")


class Incomplete(Exception):
    """The text ends before the value does."""


def read_value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at a position, and where it ends; raises Incomplete."""
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
            return ast.literal_eval(quoted[0]), quoted.end()
        case "[":
            return _read_items(text, at + 1, "]")
        case "{":
            return _read_items(text, at + 1, "}")
    if not (found := SCALAR.match(text, at)):
        raise Incomplete
    return WORDS[found[0]] if found[0] in WORDS else json.loads(found[0]), found.end()


def _read_items(text: str, at: int, closing: str) -> tuple[Any, int]:
    items: list[Any] = []
    entries: dict[str, Any] = {}
    while True:
        at = _after_space(text, at)
        if text.startswith(closing, at):
            return (items if closing == "]" else entries), at + 1
        if closing == "]":
            item, at = read_value(text, at)
            items.append(item)
        else:
            key, at = _read_key(text, at)
            entries[key], at = read_value(text, at)
        at = _after_space(text, at)
        if text.startswith(",", at):
            at += 1


def _read_key(text: str, at: int) -> tuple[str, int]:
    if text.startswith((QUOTE, '"'), at):
        key, end = read_value(text, at)
    else:
        end = text.find(":", at)
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
