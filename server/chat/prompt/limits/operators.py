"""What operators make, measured before they do."""

from collections.abc import Callable
from typing import Any

from server.chat.prompt.limits.texts import measure_formatted
from server.chat.prompt.limits.weight import MAX_BITS, TooMuch, measure, weight_of


def _weight_of_sum(left: Any, right: Any) -> int | None:
    return weight_of(left) + weight_of(right) if isinstance(left, list | tuple) else None


def _weight_of_product(left: Any, right: Any) -> int | None:
    many, times = (left, right) if isinstance(right, int) else (right, left)
    if not isinstance(times, int) or not isinstance(many, str | list | tuple):
        return None
    return measure((len(many) if isinstance(many, str) else weight_of(many)) * max(times, 0))


def _weight_of_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > MAX_BITS:
        raise TooMuch(f"{right:,} is too high a power.")


def _weight_of_format(left: Any, right: Any) -> None:
    if isinstance(left, str):
        measure_formatted(left, "%", right)


# How much a list will weigh, where it is known.
WEIGHTS: dict[str, Callable[[Any, Any], int | None]] = {
    "+": _weight_of_sum,
    "*": _weight_of_product,
    "**": _weight_of_power,
    "%": _weight_of_format,
    "-": lambda _left, _right: None,
}
