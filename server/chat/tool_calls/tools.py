"""The tools of a request."""

from dataclasses import dataclass
from typing import Any, Literal

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True)
class Tool:
    """A function that the model may call; `parameters` is the JSON schema of its arguments.

    Calls satisfy all of it if `strict`; otherwise as much of it as decoding can be held to.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = False

    def declaration(self) -> dict[str, Any]:
        """As chat templates expect it."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}


@dataclass(frozen=True)
class Toolbox:
    """Tools that the prompt declares, and those of them that may be called: when the model likes, or now.

    `answered` are the calls, by name and arguments, whose results have come since the user last spoke.
    """

    declared: tuple[Tool, ...]
    callable: tuple[Tool, ...]
    mode: Literal["auto", "required"] = "auto"
    parallel: bool = True
    answered: tuple[tuple[str, str], ...] = ()
