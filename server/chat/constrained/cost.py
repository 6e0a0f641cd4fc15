"""Which grammars compile at once for certain, whatever they mean."""

import json
import re
from collections.abc import Iterator
from typing import Any

from server.chat.constrained.spelling import NOTES

HARMLESS_CHARACTERS = 8_000
# What takes llguidance longer than the text is long; a property of that name does no harm.
COSTLY = re.compile(r'"(pattern|patternProperties|multipleOf|allOf|oneOf)"|[0-9]{7}')

SCHEMA = re.compile(r'(?:%json|"json_schema":) *(?=\{)')
# Alone, each costs what it leads to, once; beside a keyword, that is multiplied into all of it.
MULTIPLIED = {"anyOf", "$ref"}
NO_FACTORS = NOTES | {"$defs", "definitions", "$schema", "$id", "$anchor", "x-guidance"}


def harmless(grammar: str) -> bool:
    """Whether it is short and plain: Lark with schemas in it, or JSON."""
    if len(grammar) > HARMLESS_CHARACTERS or COSTLY.search(grammar):
        return False
    try:
        return not any(_multiplies(value) for value in _values(grammar))
    except ValueError:
        return False


def costly_keywords(grammar: str) -> list[str]:
    return sorted({f'"{found[1]}"' for found in COSTLY.finditer(grammar) if found[1]})


def _values(grammar: str) -> Iterator[Any]:
    """All inside the schemas."""
    decoder = json.JSONDecoder()
    left = [decoder.raw_decode(grammar, found.end())[0] for found in SCHEMA.finditer(grammar)]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, dict | list):
            left += value.values() if isinstance(value, dict) else value


def _multiplies(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() & MULTIPLIED:
        return False
    return len(value.keys() - NO_FACTORS) > 1
