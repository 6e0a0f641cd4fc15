"""What every way of writing arguments has to offer."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from server.chat.constrained.json_schema import Held

Literal = Callable[[str], str]


class Notation(ABC):
    """One argument after another, each in a form of its own."""

    @abstractmethod
    def rules(self, name: str, held: Held, literal: Literal) -> list[str]:
        """What follows the tool's name in a Lark rule, then the rules that it refers to, whose names begin with
        `name`."""

    def unheld(self, held: Held) -> list[str]:
        """Keywords of arguments that the rules do not hold."""
        return []

    @abstractmethod
    def read(self, text: str, schema: dict[str, Any], after: str) -> tuple[str, str] | None:
        """The arguments as JSON text, and what comes behind them and the text `after` them; None if that has not come
        yet."""

    @abstractmethod
    def write(self, arguments: dict[str, Any]) -> str:
        """Arguments as the model's template teaches them."""


def chain(name: str, elements: list[tuple[str, bool]], separator: str) -> list[str]:
    """Elements, each a symbol and whether it is required, in order, with a separator between those that are there."""
    rules = [f"{name}_first_0"]
    for i, (element, required) in enumerate(elements):
        skip_first, skip_more = (
            ("", "") if required else (f" | {name}_first_{i + 1}", f" | {name}_more_{i + 1}")
        )
        rules.append(f"{name}_first_{i}: {element} {name}_more_{i + 1}{skip_first}")
        rules.append(f"{name}_more_{i}: {separator} {element} {name}_more_{i + 1}{skip_more}")
    return [*rules, f'{name}_first_{len(elements)}: ""', f'{name}_more_{len(elements)}: ""']
