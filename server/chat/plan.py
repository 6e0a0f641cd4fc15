"""What an answer is to be."""

from dataclasses import dataclass

from server.chat.grammar import GrammarConstraint
from server.chat.tools import Toolbox
from server.engine.sampling import SamplingParams


@dataclass(frozen=True)
class Plan:
    """Everything that an answer needs: `grammar` holds its content, `calls` its tool calls.

    `thinks` tells whether the prompt ends inside a thought; None looks for none. `talks` marks an answer to
    results that may call nothing: it must not begin like the calls it has seen. `words` is the prompt for an answer
    to results that makes no further call.
    """

    prompt: list[int]
    params: SamplingParams
    stop: list[str]
    max_tokens: int | None = None
    thinks: bool | None = None
    grammar: GrammarConstraint | None = None
    tools: Toolbox | None = None
    calls: GrammarConstraint | None = None
    talks: bool = False
    words: list[int] | None = None
