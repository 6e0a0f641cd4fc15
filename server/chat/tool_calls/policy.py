"""Whether the model may call a tool now: every rule, by name, with its outcome.

A small model that sees tools wants to use them: asked for a poem, it calls the weather. But its own probabilities say
how much it means it. All figures are where wanted and unwanted calls of Qwen2.5-Coder 0.5B and 1.5B part;
`python -m benchmarks tools` has what comes of them.
"""

from dataclasses import dataclass
from enum import Enum, auto

from server.chat.tool_calls.tools import Toolbox

LEAST_FOR_CALL = 0.3
LEAST_AFTER_RESULTS = 0.5
LEAST_FOR_ANOTHER = 0.1
# A model that calls in another form than its template's hardly believes in a second call, wanted or not.
LEAST_AFTER_OFF_TEMPLATE = 1e-4


class Step(Enum):
    """What an answer does next."""

    TEXT = auto()  # words, which turn into a call where the model begins one
    LOOK = auto()  # one token, to see which of the two begins
    CALLS = auto()  # calls, under the grammar of the declared tools
    TEXT_ONLY = auto()  # words, or content under its own grammar; must not begin as calls do
    END = auto()


@dataclass(frozen=True)
class Request:
    """What decides how an answer begins.

    `results` tells that it answers results with a prompt of its own for words, `held` that its content has a grammar,
    `answers_calls` that nothing may be called, though the conversation ends with results.
    """

    tools: Toolbox | None
    held: bool = False
    results: bool = False
    answers_calls: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a step ended: whether the answer ended with it, and if not, whether a call of a declared tool has begun.

    After `Step.CALLS`, an answer that has not ended is one whose call was not meant, or was answered already.
    """

    ended: bool
    declared: bool = False


def first(request: Request) -> Step:
    """Required calls start at once. Words and calls begin together, unless words have a prompt or grammar of their
    own: then one token tells. Without tools an answer is words; after results, never words that look like calls."""
    if request.tools is None:
        return Step.TEXT_ONLY if request.held or request.answers_calls else Step.TEXT
    if request.tools.mode == "required":
        return Step.CALLS
    return Step.LOOK if request.held or request.results else Step.TEXT


def following(step: Step, outcome: Outcome, *, spoken: bool) -> Step:
    """A declared call goes on under the grammar; one that nobody declared, or that is not meant, is taken back and
    answered in words, or ends them where the reader has seen some."""
    if outcome.ended or step is Step.TEXT_ONLY:
        return Step.END
    if outcome.declared:
        return Step.CALLS
    return Step.END if spoken else Step.TEXT_ONLY


def advised(tools: Toolbox | None) -> bool:
    """The system message says when not to call, where the model has the choice."""
    return tools is not None and tools.mode == "auto"


def opens(start: float, *, results: bool) -> bool:
    """An answer may begin as a call where that is likely enough; after results, another call needs more."""
    return start >= (LEAST_AFTER_RESULTS if results else LEAST_FOR_CALL)


def meant(start: float, names: float) -> bool:
    """Beginning a call is half of it: the names that exist must be likely too, where the model names a tool."""
    return start * names >= LEAST_FOR_CALL


def off_template(own: float, any_form: float) -> bool:
    """Whether the model would rather begin its calls in another form than its template's."""
    return own < any_form / 2


def another(start: float, *, calls: int, off_template: bool) -> bool:
    """After a call comes a further one if the model finds its beginning likely enough."""
    return start >= (LEAST_AFTER_OFF_TEMPLATE if off_template and calls == 1 else LEAST_FOR_ANOTHER)


def answered(tools: Toolbox) -> tuple[tuple[str, str], ...]:
    """Calls that may not come again, since their results are there. What is required is done, even again."""
    return tools.answered if tools.mode == "auto" else ()


def used_up(tools: Toolbox, *, off_template: bool) -> set[str]:
    """Tools that may not be called again at all: off its template, a model goes on calling the one that answered."""
    return {name for name, _ in answered(tools)} if off_template else set()
