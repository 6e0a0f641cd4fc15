"""What an answer is to be."""

from dataclasses import dataclass, replace
from typing import Any

from server.chat.constrained.grammar import GrammarConstraint
from server.chat.tool_calls.tools import Toolbox
from server.engine.sampling import SamplingParams


@dataclass(frozen=True)
class Plan:
    """Everything that an answer needs: `grammar` holds its content, `calls` its tool calls.

    `in_thought` tells whether the prompt ends inside a thought; None looks for none. `answers_calls` marks an
    answer to results that may call nothing: it must not begin like the calls it has seen. `text_prompt` is the prompt
    for an answer to results that makes no further call. `unheld` are keywords of schemas that nothing holds the answer
    to, and `schema` is the one of its content. `boundaries` are
    where later prompts will part from this one.
    """

    prompt: list[int]
    params: SamplingParams
    stop: list[str]
    max_tokens: int | None = None
    in_thought: bool | None = None
    grammar: GrammarConstraint | None = None
    tools: Toolbox | None = None
    calls: GrammarConstraint | None = None
    answers_calls: bool = False
    text_prompt: list[int] | None = None
    boundaries: tuple[int, ...] = ()
    schema: dict[str, Any] | None = None
    unheld: tuple[str, ...] = ()

    def several(self, count: int) -> "list[Plan]":
        """Plans for `count` different answers: a seed given for all of them is each one's own."""
        seed = self.params.seed
        seeds = [None if seed is None else seed + index for index in range(count)]
        return [replace(self, params=replace(self.params, seed=each)) for each in seeds]
