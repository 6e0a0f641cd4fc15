"""Short conversations that hold what templates leave out or refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from server.chat.prompt.messages import orphans
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


def _said(content: str, *calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": content} | ({"tool_calls": list(calls)} if calls else {})


RULES = {"role": "system", "content": "Be brief."}
LATE_RULES = {"role": "system", "content": "Speak French."}
QUESTION = {"role": "user", "content": "What do these mean?"}
ANOTHER_QUESTION = {"role": "user", "content": "And those?"}
ANSWER = _said("A tone.")
ANSWERED: Messages = [ANSWER, ANOTHER_QUESTION]

# Turns that do not alternate, one that says nothing, and a greeting.
STRETCHES: Messages = [QUESTION, ANOTHER_QUESTION, ANSWER, _said("A low one."), QUESTION, _said(""), QUESTION]
GREETED: Messages = [_said("Good day."), QUESTION]


@dataclass(frozen=True)
class CallTraits:
    """What conversations with calls have that not every template takes: `words` beside a call; `orphans`, which are
    results without their call; calls that are `unanswered`; results that the user has `taken_up` himself."""

    words: bool = False
    orphans: bool = False
    unanswered: bool = False
    taken_up: bool = False

    @classmethod
    def of(cls, messages: Messages) -> "CallTraits":
        pairs = list(pairwise([*messages, ANSWER]))
        return cls(
            words=any(message["content"] and "tool_calls" in message for message in messages),
            orphans=bool(orphans(messages)),
            unanswered=any("tool_calls" in before and after["role"] != "tool" for before, after in pairs),
            taken_up=any(before["role"] == "tool" and after["role"] == "user" for before, after in pairs),
        )

    def samples(self) -> Iterator[Messages]:
        """Conversations that together have these traits, and several calls at once."""
        two, one = ("Two words.", "One more.") if self.words else ("", "")
        calls = [
            QUESTION,
            _said(two, _call(1, "bark"), _call(2, "moo")),
            _result(1, "A dog's cry."),
            _result(2, "A cow's cry."),
            _said(one, _call(3, "purr")),
            _result(3, "A cat's hum."),
        ]
        yield calls
        yield [*calls, *ANSWERED]
        if self.orphans:
            yield [QUESTION, _result(4, "A bell's tone.")]
            yield [*calls, _result(4, "A bell's tone."), *ANSWERED]
        if self.unanswered:
            yield [QUESTION, _said(one, _call(4, "ring"))]
            yield [QUESTION, _said(one, _call(4, "ring")), ANOTHER_QUESTION]
        if self.taken_up:
            yield [*calls, ANOTHER_QUESTION]
            yield [*calls, ANOTHER_QUESTION, *ANSWERED]


def texts(messages: Messages) -> list[str]:
    """All that a prompt of these messages has to hold."""
    functions = [call["function"] for message in messages for call in message.get("tool_calls", [])]
    words = [word for each in functions for word in (each["name"], *each["arguments"].values())]
    return [*words, *(message["content"] for message in messages)]
