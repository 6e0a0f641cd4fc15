"""What every way of writing arguments has to offer."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from server.chat.constrained.json_schema import Held
from server.chat.constrained.spelling import Schema
from server.chat.tool_calls.arguments.parameters import Parameters

Literal = Callable[[str], str]


class Notation(ABC):
    """One argument after another, each in a form of its own."""

    @abstractmethod
    def rules(self, name: str, parameters: Parameters, literal: Literal) -> list[str]:
        """What follows the tool's name in a Lark rule, then the rules that it refers to, whose names begin with
        `name`."""

    @abstractmethod
    def unheld(self, parameters: Parameters) -> list[str]:
        """Keywords of arguments that the rules do not hold."""

    @abstractmethod
    def read(self, text: str, parameters: Parameters, after: str) -> tuple[str, str] | None:
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


def as_json(schema: Any, definitions: Schema) -> str:
    """A Lark symbol for a value written as JSON."""
    return Held({**definitions, **schema} if isinstance(schema, dict) else {}).symbol()


def quoted(text: str) -> str:
    """A Lark string."""
    return json.dumps(text, ensure_ascii=False)


def free_name(terminal: str, pattern: str, taken: Iterable[str]) -> str:
    """A Lark terminal for names that no schema lists."""
    others = " | ".join(map(quoted, taken))
    return f"{terminal}: /{pattern}/" + (f" & ~({others})" if others else "")
