"""A conversation told in such a way that a chat template shows all of it.

Templates leave out what their makers did not think of: the second of two calls, results where no tools are given,
rules that come late. What one shows is found out by having it render conversations that hold each of them.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from server.chat.prompt.messages import alternating, with_rules_in_questions
from server.chat.prompt.samples import (
    ANOTHER_QUESTION,
    ANSWER,
    GREETED,
    LATE_RULES,
    LOOK_UP,
    QUESTION,
    RULES,
    STRETCHES,
    CallTraits,
    Messages,
    texts,
)
from server.chat.prompt.template import ChatTemplate
from server.chat.tool_calls.format import ToolFormat
from server.chat.tool_calls.prompt import (
    with_plain_calls,
    with_single_calls,
    with_told_orphans,
    with_words_before_calls,
    with_written_calls,
)

Way = Callable[[Messages], Messages]


class Telling:
    """Messages as one template takes them; `form` is how calls are written where it leaves them out."""

    def __init__(self, template: ChatTemplate, form: ToolFormat) -> None:
        self._template = template
        by_calls: tuple[Way, ...] = (
            lambda messages: messages,
            with_words_before_calls,
            with_single_calls,
            lambda messages: with_words_before_calls(with_single_calls(messages)),
        )
        self._ways: tuple[Way, ...] = (
            *by_calls,
            *(_after(with_told_orphans, way) for way in by_calls),
            lambda messages: with_written_calls(messages, form),
            lambda messages: with_plain_calls(messages, form),
        )
        self._found: dict[tuple[CallTraits, bool], Way] = {}

    def told(self, messages: Messages, declared: list[dict[str, Any]] | None) -> Messages:
        """`declared` are the tools that the template is to show."""
        if any(message["role"] == "tool" or "tool_calls" in message for message in messages):
            messages = self._way(CallTraits.of(messages), tools=bool(declared))(messages)
        roles = {message["role"] for message in messages}
        if "system" in roles:
            alone = len(roles) == 1 and not self._shows([RULES], tools=bool(declared))
            messages = with_rules_in_questions(messages, kept=0 if alone else self._rules_shown)
        in_turn = alternating(messages)
        return messages if in_turn == messages or self._takes_any_turn else in_turn

    def takes_up(self, messages: Messages) -> bool:
        """Whether the user may speak behind the results at the end, without all that is told otherwise for it."""
        traits = CallTraits.of(messages)
        return self._way(replace(traits, taken_up=True), tools=False) is self._way(traits, tools=False)

    @cached_property
    def takes_tools(self) -> bool:
        """Whether the template takes tools that have nothing special about them."""
        return self._shows([QUESTION], tools=True)

    def _way(self, traits: CallTraits, *, tools: bool) -> Way:
        """The first way that shows calls and results; where none does, the template may say why."""
        if (traits, tools) not in self._found:
            shown = (
                way
                for way in self._ways
                if all(self._shows(way(sample), sample, tools=tools) for sample in traits.samples())
            )
            self._found[traits, tools] = next(shown, self._ways[0])
        return self._found[traits, tools]

    def _shows(self, told: Messages, said: Messages | None = None, *, tools: bool = False) -> bool:
        """Whether the prompt of what is told holds all that was said."""
        return self._template.shows(texts(said or told), told, [LOOK_UP.declaration()] if tools else None)

    @cached_property
    def _takes_any_turn(self) -> bool:
        return self._shows(STRETCHES) and self._shows(GREETED)

    @cached_property
    def _rules_shown(self) -> int | None:
        """How many system messages at the beginning are shown as such; None if they are anywhere."""
        calls = CallTraits()
        results = self._way(calls, tools=False)(next(calls.samples()))
        shows, rules = self._template.shows, [RULES["content"]]
        if not shows(rules, [RULES, QUESTION]) or (
            shows([], results) and not shows(rules, [RULES, *results])
        ):
            return 0
        late = [RULES, QUESTION, ANSWER, LATE_RULES, ANOTHER_QUESTION]
        return None if shows([*rules, LATE_RULES["content"]], late) else 1


def _after(first: Way, then: Way) -> Way:
    return lambda messages: then(first(messages))
