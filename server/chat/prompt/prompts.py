"""The prompts of one model: what its template makes of messages and tools."""

import contextlib
from typing import Any

from server.chat.prompt.limits.weight import TooMuch
from server.chat.prompt.telling import Telling
from server.chat.prompt.template import ChatTemplate, TemplateRefusal
from server.chat.prompt.thinking import Thinking
from server.chat.tool_calls import policy
from server.chat.tool_calls.format import HERMES, ToolFormat
from server.chat.tool_calls.prompt import with_advice, with_tools
from server.chat.tool_calls.tools import Toolbox

Messages = list[dict[str, Any]]


class Prompts:
    """`form` is that of the calls which the template teaches; None if it teaches none that we read."""

    def __init__(self, template: ChatTemplate, thinking: Thinking, form: ToolFormat | None) -> None:
        self._template = template
        self._thinking = thinking
        self._form = form
        self._telling = Telling(template, form or HERMES)

    def text(
        self,
        messages: Messages,
        tools: Toolbox | None,
        variables: dict[str, Any],
        *,
        may_think: bool,
        opens: bool = True,
    ) -> str:
        """A prompt of normalized messages; raises TemplateRefusal."""
        if not may_think:
            variables = self._thinking.without(variables)
        if policy.advised(tools):
            messages = with_advice(messages)
        prompt = self._rendered(messages, tools, variables, opens=opens)
        # Where an answer has to keep a form from its start, nothing is thought.
        return prompt if may_think else self._thinking.closed(prompt)

    def take_requests(self, messages: Messages) -> bool:
        """Whether the user may ask once more behind the results at the end."""
        return not self._form or self._telling.takes_up(messages)

    def _rendered(
        self, messages: Messages, tools: Toolbox | None, variables: dict[str, Any], *, opens: bool
    ) -> str:
        def render(said: Messages, declared: list[dict[str, Any]] | None) -> str:
            told = self._telling.told(said, declared)
            return self._template.render(told, declared, variables, opens=opens)

        if not tools:
            return render(messages, None)
        if not self._form:
            return render(with_tools(messages, tools.declared), None)
        try:
            return render(messages, [tool.declaration() for tool in tools.declared])
        except TemplateRefusal as refusal:
            # Some cannot write a parameter that has several types.
            if self._telling.takes_tools and not isinstance(refusal.__cause__, TooMuch):
                with contextlib.suppress(TemplateRefusal):
                    return render(with_tools(messages, tools.declared, self._form), None)
            raise
