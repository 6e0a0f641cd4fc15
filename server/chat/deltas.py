"""What an answer consists of, piece by piece."""

from dataclasses import dataclass

from server.engine.generation import Token


@dataclass(frozen=True, slots=True)
class ContentDelta:
    """Text for the reader, with the tokens decoded since the last one."""

    text: str
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """Text that the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of the tool call number `index`: its name first and once, then its arguments as JSON text."""

    index: int
    name: str | None = None
    arguments: str = ""


Delta = ContentDelta | ReasoningDelta | CallDelta
