"""What happens while an agent answers, step by step, whatever it is built on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer, as the model writes it."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """The model calls a tool."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """The tool's result, or what the model reads of its failure."""

    id: str
    name: str
    result: str
    failed: bool = False


@dataclass(frozen=True)
class Source:
    """A passage that the answer may rest on, as `[number]`."""

    number: int
    citation: str
    text: str


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


Step = TextDelta | ToolCall | ToolResult | Source | Note | Usage


class Agent(Protocol):
    """One conversation: each question is answered in the light of those before."""

    def ask(self, question: str) -> Iterator[Step]:
        """The steps to the answer, as they happen; a caller that closes the iterator stops the answer."""
        ...


def final_answer(steps: list[Step]) -> str:
    """The text after the last tool result."""
    last = max((place for place, step in enumerate(steps) if isinstance(step, ToolResult)), default=-1)
    return "".join(step.text for step in steps[last + 1 :] if isinstance(step, TextDelta)).strip()


def joined(steps: Iterable[Step]) -> list[Step]:
    """The same steps with pieces of text that follow one another as one."""
    whole: list[Step] = []
    for step in steps:
        if isinstance(step, TextDelta) and whole and isinstance(whole[-1], TextDelta):
            whole[-1] = TextDelta(whole[-1].text + step.text)
        else:
            whole.append(step)
    return whole
