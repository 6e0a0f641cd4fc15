"""Whether a model thinks before it answers, as its chat template has it."""

from functools import cached_property
from typing import Any

from server.chat.output.thought_marks import THINK, thought_marks_of
from server.chat.prompt.template import ChatTemplate, TemplateRefusal

# What makers call the switch; a template looks at its own only.
ON: dict[str, Any] = {"enable_thinking": True, "thinking": True, "thinking_mode": "enabled"}
OFF: dict[str, Any] = {
    "enable_thinking": False,
    "thinking": False,
    "thinking_mode": "disabled",
    "thinking_budget": 0,
}
# Some templates take this for no effort, others for the name of one.
NO_EFFORT = {"reasoning_effort": "none"}

HELLO = [{"role": "user", "content": "Hello."}]


class Thinking:
    """The switches of a template, and the `marks` of its thoughts; `possible` tells whether it knows any."""

    def __init__(self, template: ChatTemplate) -> None:
        self._template = template
        found = thought_marks_of(template.source)
        self.possible = found is not None
        self.marks = found or THINK

    def switched(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The variables with all switches turned as one of them is; off, if none is among them."""
        on = next((variables[name] for name in ("enable_thinking", "thinking") if name in variables), False)
        return {**(ON if on else self._off), **variables}

    def without(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The variables with all switches turned off."""
        return {**variables, **self._off}

    def opened(self, prompt: str) -> bool:
        """Whether a prompt ends inside a thought."""
        return prompt.rstrip().endswith(self.marks.open)

    def closed(self, prompt: str) -> str:
        """The prompt with the thought closed that it ends in: some templates always open one."""
        return f"{prompt.rstrip()}\n{self.marks.close}\n\n" if self.opened(prompt) else prompt

    @cached_property
    def _off(self) -> dict[str, Any]:
        effortless = {**OFF, **NO_EFFORT}
        return effortless if self._opens(OFF) and not self._opens(effortless) else OFF

    def _opens(self, variables: dict[str, Any]) -> bool:
        try:
            return self.opened(self._template.render(HELLO, None, variables))
        except TemplateRefusal:
            return True
