"""The agents of this folder, how each is started, and what it remembers from turn to turn."""

import importlib
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any

from agents.runtime.mcp_client import configured_servers, mcp_tools
from agents.runtime.steps import Agent
from kit.problem import Problem
from kit.summary import summary

FOLDER = Path(__file__).parents[1]
PLAIN = (str, int, float, bool, list, dict, tuple, set, type(None))


class Samples:
    """Every module in agents/ with a SUMMARY; it is imported when it is first asked."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._lock = Lock()
        self._tools: list[Any] | None = None
        self.summaries = {
            path.stem: about for path in sorted(FOLDER.glob("*.py")) if (about := summary(path)) is not None
        }

    def start(self, name: str, thread: str) -> Agent:
        """A new conversation with the agent of agents/NAME.py."""
        made = _class(importlib.import_module(f"agents.{name}"), name)
        given: dict[str, Callable[[], Any]] = {"thread": lambda: thread, "tools": self._mcp_tools}
        agent: Agent = made(**{parameter: given[parameter]() for parameter in _parameters(made)})
        return agent

    def _mcp_tools(self) -> list[Any]:
        """Those of the MCP servers, which then run as long as the service does."""
        with self._lock:
            if self._tools is None:
                self._tools = self._stack.enter_context(mcp_tools(configured_servers()))
            return self._tools


def _class(module: Any, name: str) -> type:
    for candidate in vars(module).values():
        if (
            isinstance(candidate, type)
            and candidate.__module__ == module.__name__
            and hasattr(candidate, "ask")
            and {"thread", "tools"}.issuperset(_parameters(candidate))
        ):
            return candidate
    raise Problem(
        f"agents/{name}.py has no class with a method ask(question) that is made without arguments.",
        f"agents/{name}.py 中没有无需参数即可创建、且带 ask(question) 方法的类。",
    )


def _parameters(made: type) -> list[str]:
    return [
        name
        for name, parameter in inspect.signature(made).parameters.items()
        if parameter.default is inspect.Parameter.empty
    ]


def memory_of(agent: Agent) -> dict[str, Any]:
    """The plain data among its attributes, such as `history`; models and graphs are made anew for every turn."""
    return {
        name: value
        for name, value in vars(agent).items()
        if isinstance(value, PLAIN) and not name.startswith("_")
    }


def remember(agent: Agent, memory: dict[str, Any]) -> None:
    vars(agent).update(memory)
