"""What happens while an agent answers, step by step, whatever it is built on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Token:
    """A piece of the answer, as the model writes it."""

    text: str


@dataclass(frozen=True)
class Called:
    """The model calls a tool."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Returned:
    """The tool's result, or what the model reads of its failure."""

    id: str
    name: str
    result: str
    failed: bool = False


@dataclass(frozen=True)
class Note:
    """A word of the program to the person, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Usage:
    """What one model call cost, in tokens; `cached_tokens` of the input were known to the server already."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int


Step = Token | Called | Returned | Note | Usage


class Agent(Protocol):
    """One conversation: each question is answered in the light of those before."""

    def ask(self, question: str) -> Iterator[Step]:
        """The steps to the answer, as they happen; a caller that closes the iterator stops the answer."""
        ...
