"""How large a schema may be: it is a tree that a stranger chooses, and libraries walk it by recursion."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

# llguidance reads 127 levels of JSON, three of which are ours.
MAX_LEVELS = 124
# What lies behind each $ref is read on top of what refers to it.
MAX_LEVELS_BEHIND_REFS = 2_000
MAX_VALUES = 20_000
# The time to compile grows with their square: a second at 2,000.
MAX_PROPERTIES = 1_000
# Each may come next after each: llguidance gives up at about 500.
MAX_OPTIONAL = 400
# A number of so many states that each digit leads on from.
MAX_MULTIPLE = 10_000
# Texts that have to match all of several patterns: the states multiply.
MAX_PATTERNS_AT_ONCE = 2
# Steps from a schema to what it refers to, counted for all schemas together.
MAX_REF_STEPS = 100_000


def excess(schema: Any) -> str | None:
    """What there is too much of in a schema, in words with the number; None if nothing.

    Takes time in proportion to what is allowed, and no recursion.
    """
    values, refs = 0, set()
    combined = []
    for level, value in _values(schema):
        values += 1
        if values > MAX_VALUES:
            return f"it holds more than {MAX_VALUES:,} values."
        if level > MAX_LEVELS:
            return f"it is nested deeper than {MAX_LEVELS} levels."
        if isinstance(value, float) and not math.isfinite(value):
            return f"it holds {value}, which JSON does not have, or a number that is too large for one."
        if not isinstance(value, dict):
            continue
        if isinstance(ref := value.get("$ref"), str):
            refs.add(ref)
        properties, required = value.get("properties"), value.get("required")
        if isinstance(properties, dict):
            if len(properties) > MAX_PROPERTIES:
                return f'"properties" has {len(properties):,} entries; {MAX_PROPERTIES:,} is the most.'
            optional = len(properties) - (len(required) if isinstance(required, list) else 0)
            if optional > MAX_OPTIONAL:
                return f'"properties" has {optional:,} optional entries; {MAX_OPTIONAL} is the most.'
        for keyword in ("required", "const"):
            if isinstance(given := value.get(keyword), list | dict) and len(given) > MAX_PROPERTIES:
                return f'"{keyword}" has {len(given):,} entries; {MAX_PROPERTIES:,} is the most.'
        multiple = value.get("multipleOf")
        if isinstance(multiple, int | float) and _states(multiple) > MAX_MULTIPLE:
            return f'"multipleOf" is {multiple}; numbers of more than {MAX_MULTIPLE:,} steps cannot be held.'
        if isinstance(value.get("allOf"), list) or isinstance(value.get("$ref"), str):
            combined.append(value)
    behind = {id(found): found for ref in refs if (found := target(schema, ref)) is not None}
    if sum(1 + _levels(found) for found in behind.values()) > MAX_LEVELS_BEHIND_REFS:
        return f'"$ref" leads through more than {MAX_LEVELS_BEHIND_REFS:,} levels.'
    return _patterns_at_once(schema, combined)


def _values(value: Any) -> Iterator[tuple[int, Any]]:
    """Every value inside, with its level."""
    left = [(0, value)]
    while left:
        level, value = left.pop()
        yield level, value
        if isinstance(value, dict):
            left += [(level + 1, each) for each in value.values()]
        elif isinstance(value, list):
            left += [(level + 1, each) for each in value]


def _levels(value: Any) -> int:
    return max(level for level, _ in _values(value))


def target(schema: Any, ref: str) -> Any:
    """What a reference within the schema leads to; None if nothing."""
    found = schema
    for part in ref.split("/")[1:]:
        if isinstance(found, list) and part.isdecimal() and len(part) < 6:
            found = dict(enumerate(found)).get(int(part))
        else:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _states(multiple: float) -> Decimal:
    """How far the number counts before it is back at zero: 0.25 as 25, 1.5 as 15."""
    number = Decimal(repr(multiple + 0)).normalize()  # True is a number to Python
    return number.scaleb(max(0, -int(number.as_tuple().exponent))) if number.is_finite() else number


def _patterns_at_once(schema: Any, combined: list[dict[str, Any]]) -> str | None:
    """The excess of patterns under one "allOf", or beside a "$ref" and behind it, which is the same."""
    steps = 0
    for node in combined:
        left, seen = list(_held_together(schema, node)), {id(node)}
        costly = _costly(node)
        while left:
            steps += 1
            part = left.pop()
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            costly += _costly(part)
            left += _held_together(schema, part)
            if costly > MAX_PATTERNS_AT_ONCE:
                return (
                    f'"allOf" or "$ref" holds more than {MAX_PATTERNS_AT_ONCE} of "pattern" and "multipleOf".'
                )
            if steps > MAX_REF_STEPS:
                return f'"allOf" and "$ref" lead through more than {MAX_REF_STEPS:,} schemas.'
    return None


def _held_together(schema: Any, node: dict[str, Any]) -> Iterator[Any]:
    """What holds the same value as a node does."""
    if isinstance(node.get("allOf"), list):
        yield from (part for _, part in _values(node["allOf"]))
    if isinstance(ref := node.get("$ref"), str):
        yield target(schema, ref)


def _costly(node: dict[str, Any]) -> int:
    """How many of the costly keywords it has."""
    return ("pattern" in node) + ("multipleOf" in node)
