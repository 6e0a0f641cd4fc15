"""How long a value is, written out: what a list holds twice is there twice, however little memory that takes."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

# Two million tokens.
MAX_CHARACTERS = 8_000_000
# Python takes as long as it likes over numbers, and lets no other thread run meanwhile.
MAX_BITS = 4_096

# Quotes and a comma, and what has no length of its own.
AROUND = 4
ATOM = 24


class TooMuch(Exception):
    """A template that takes too long or writes too much."""


# Lists that templates make know their weight: otherwise it would be counted anew each time that one grows.
class _List(list[Any]):
    _weight = 0


class _Tuple(tuple[Any, ...]):
    _weight = 0


class _Dict(dict[Any, Any]):
    _weight = 0


KINDS: dict[type, Callable[[Any], Any]] = {list: _List, tuple: _Tuple, dict: _Dict}


def measure(length: int) -> int:
    """The length; raises TooMuch if nothing may be as long."""
    if length > MAX_CHARACTERS:
        raise TooMuch(f"it makes a text or list of {length:,}.")
    return length


def weighed(value: Any, weight: int | None = None) -> Any:
    """The same value, if it is not too much; `weight` is what is known of it."""
    if isinstance(value, str):
        measure(len(value))
    elif isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise TooMuch(f"it makes a number of {value.bit_length():,} bits.")
    elif kind := KINDS.get(type(value)):
        value = kind(value)
        value._weight = weight_of_all(value) if weight is None else measure(weight)
    return value


def weight_of(value: Any) -> int:
    """Characters that the value takes at most, but for escapes. Raises TooMuch."""
    if isinstance(value, str | bytes):
        return len(value) + AROUND
    if isinstance(value, _List | _Tuple | _Dict):
        return value._weight + AROUND
    if isinstance(value, Collection):
        return weight_of_all(value) + AROUND
    return value.bit_length() // 3 + AROUND if isinstance(value, int) else ATOM


def weight_of_all(values: Collection[Any]) -> int:
    """Stops as soon as it is too much, so that it takes no longer than what is allowed."""
    if isinstance(values, Mapping):
        return measure(weight_of_all(values.keys()) + weight_of_all(values.values()))
    weight = 0
    for value in values:
        weight += len(value) + AROUND if isinstance(value, str) else weight_of(value)
        if weight > MAX_CHARACTERS:
            measure(weight)
    return weight


def indents_of(value: Any, level: int = 0) -> int:
    """How many indents there are, where each value stands on a line of its own."""
    if isinstance(value, str) or not isinstance(value, Collection):
        return level
    inside = value.values() if isinstance(value, Mapping) else value
    return level + sum(indents_of(each, level + 1) for each in inside)
