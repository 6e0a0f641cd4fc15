"""Where later prompts will part from this one."""

from collections.abc import Iterable
from typing import Any

# What the user says instead: no template and no person writes it.
SOMETHING_ELSE = "\ufdd1"


def another_conversation(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A conversation that begins with the same rules."""
    first = next((i for i, message in enumerate(messages) if message["role"] != "system"), len(messages))
    return [*messages[:first], {"role": "user", "content": SOMETHING_ELSE}]


def partings(prompt: list[int], others: Iterable[list[int]]) -> tuple[int, ...]:
    """How many tokens a prompt has in common with each of the others."""
    return tuple(_common(prompt, other) for other in others)


def _common(some: list[int], other: list[int]) -> int:
    pairs = enumerate(zip(some, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(some), len(other)))
