"""A conversation told in such a way that a chat template shows all of it.

Templates leave out what their makers did not think of: the second of two calls, results where no tools are given,
rules that come late. What one shows is found out by having it render conversations that hold each of them.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from server.chat.prompt.messages import with_rules_in_questions
from server.chat.prompt.template import ChatTemplate
from server.chat.tool_calls.format import ToolFormat
from server.chat.tool_calls.prompt import with_plain_calls, with_single_calls, with_written_calls
from server.chat.tool_calls.tools import Tool

Messages = list[dict[str, Any]]

LOOK_UP = Tool(
    "look_up",
    "Looks a word up.",
    {
        "type": "object",
        "properties": {"word": {"type": "string", "description": "The word."}},
        "required": ["word"],
    },
)


def _call(number: int, word: str) -> dict[str, Any]:
    function = {"name": LOOK_UP.name, "arguments": {"word": word}}
    return {"id": f"call{number:05}", "type": "function", "function": function}


def _result(number: int, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call{number:05}", "content": content}


RULES = {"role": "system", "content": "Be brief."}
LATE_RULES = {"role": "system", "content": "Speak French."}
QUESTION = {"role": "user", "content": "What do these mean?"}
ANSWER = {"role": "assistant", "content": "A tone."}
ANOTHER_QUESTION = {"role": "user", "content": "And those?"}
RESULTS: Messages = [
    QUESTION,
    {"role": "assistant", "content": "", "tool_calls": [_call(1, "bark"), _call(2, "moo")]},
    _result(1, "A dog's cry."),
    _result(2, "A cow's cry."),
    {"role": "assistant", "content": "One more.", "tool_calls": [_call(3, "purr")]},
    _result(3, "A cat's hum."),
]
CALLED = (LOOK_UP.name, "bark", "moo", "purr", "A dog's cry.", "A cow's cry.", "A cat's hum.")


class Telling:
    """Messages as one template takes them; `form` is how calls are written where it leaves them out."""

    def __init__(self, template: ChatTemplate, form: ToolFormat) -> None:
        self._template = template
        self._ways: tuple[Callable[[Messages], Messages], ...] = (
            lambda messages: messages,
            with_single_calls,
            lambda messages: with_written_calls(messages, form),
            with_plain_calls,
        )
        self._found: dict[bool, Callable[[Messages], Messages]] = {}

    def told(self, messages: Messages, declared: list[dict[str, Any]] | None) -> Messages:
        """`declared` are the tools that the template is to show."""
        if any(message["role"] == "tool" or "tool_calls" in message for message in messages):
            messages = self._way(tools=bool(declared))(messages)
        if any(message["role"] == "system" for message in messages):
            messages = with_rules_in_questions(messages, kept=self._rules_shown)
        return messages

    def _way(self, *, tools: bool) -> Callable[[Messages], Messages]:
        """The first way that shows calls and results; where none does, the template may say why."""
        if tools not in self._found:
            declared = [LOOK_UP.declaration()] if tools else None
            shown = (way for way in self._ways if self._template.shows(CALLED, way(RESULTS), declared))
            self._found[tools] = next(shown, self._ways[0])
        return self._found[tools]

    @cached_property
    def _rules_shown(self) -> int | None:
        """How many system messages at the beginning are shown as such; None if they are anywhere."""
        shows, results = self._template.shows, self._way(tools=False)(RESULTS)
        first = [RULES["content"]]
        if not shows(first, [RULES, QUESTION]) or (
            shows([], results) and not shows(first, [RULES, *results])
        ):
            return 0
        late = [RULES, QUESTION, ANSWER, LATE_RULES, ANOTHER_QUESTION]
        return None if shows([*first, LATE_RULES["content"]], late) else 1
