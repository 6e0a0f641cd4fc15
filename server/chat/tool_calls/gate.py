"""What the model's own probabilities say of a call: read before the first token, at the name, and after each call.

After a call, a model that never learnt the form of its template goes on for ever, but the beginning of another call is
still likelier when another one is wanted.
"""

import re

import numpy as np
import numpy.typing as npt

from server.chat.constrained.grammar import GrammarConstraint
from server.chat.output.thought_marks import THINK, ThoughtMarks
from server.chat.tool_calls import policy
from server.engine.llama.model import Floats, Model

# With what calls begin in all forms, taught or not: tags (or what is left of one), fences, objects, lists.
CALL_STARTS = tuple(start.encode() for start in ("<", ">", "`", "{", "["))
# A control token that says nothing of the kind begins a thought, an answer or a channel.
TELLS_OF_CALLS = re.compile(rb"tool|call|func|python|action|plugin", re.IGNORECASE)

Tokens = npt.NDArray[np.bool_]


def call_starts(model: Model, thoughts: ThoughtMarks = THINK) -> Tokens:
    """Which tokens a call may begin with, as a mask of shape (n_vocab,); the end of an answer is none, nor is the
    beginning of a thought."""
    opens = thoughts.open.encode()

    def begins_call(token: int) -> bool:
        piece = model.piece(token, special=True).strip()
        if not piece.startswith(CALL_STARTS) or piece == opens or model.ends_generation(token):
            return False
        is_control = not model.piece(token)
        return not is_control or bool(TELLS_OF_CALLS.search(piece))

    return np.fromiter(map(begins_call, range(model.n_vocab)), np.bool_, model.n_vocab)


class CallGate:
    """Lets an answer begin as a call if the policy finds that likely enough; a shut gate never does.

    `starts` are the tokens with which calls begin, `own` those of them in the form of the model's template; `thoughts`
    begin what may come before a call as before words, and are let through in any case. Once the
    first token's scores are there, `probability` is what falls on `starts`, and `off_template` tells whether little
    of it falls on `own`. `results` tells that the answer follows results.
    """

    def __init__(
        self,
        starts: Tokens,
        own: Tokens,
        thoughts: Tokens | None = None,
        *,
        results: bool = False,
        shut: bool = False,
    ) -> None:
        self._starts = starts
        self._calls = starts if thoughts is None else starts | thoughts
        self._own = own
        self._results = results
        self._shut = shut
        self._passed = False
        self.probability = 0.0
        self.off_template = False

    @property
    def open(self) -> bool:
        return not self._shut and policy.opens(self.probability, results=self._results)

    def account(self) -> dict[str, float | bool] | None:
        """What it read, what that had to be at least, and whether it opened; None for one that never does."""
        if self._shut or not self._passed:
            return None
        least = policy.LEAST_AFTER_RESULTS if self._results else policy.LEAST_FOR_CALL
        return {"probability": round(self.probability, 4), "least": least, "open": self.open}

    def fast_forward(self) -> list[int]:
        return []

    def apply(self, logits: Floats) -> None:
        if self._passed:
            return
        self.probability = _share(logits, self._starts)
        self.off_template = policy.off_template(_share(logits, self._own), self.probability)
        logits[~self._calls if self.open else self._starts] = -np.inf

    def accept(self, token: int) -> None:
        self._passed = True

    @property
    def finished(self) -> bool:
        return False


class CallConstraint:
    """Holds calls to their grammar, and asks the policy before the first name and before each further call.

    `opening` are the tokens up to the first name. `probability` is what the gate before has read, or None if a
    call is required; `refused` turns true if the model does not mean the call. `starts` are the tokens with which a
    further call begins, if its separator leaves the model a choice to be asked about.
    """

    def __init__(
        self,
        grammar: GrammarConstraint,
        opening: list[int],
        probability: float | None,
        starts: Tokens | None,
        *,
        off_template: bool,
    ) -> None:
        self._grammar = grammar
        self._opening = opening if probability is not None else []
        self._probability = probability
        self._starts = starts
        self._off_template = off_template
        self._calls = 0
        self._complete = False
        self._asks_for_more = False
        self.refused = False

    def fast_forward(self) -> list[int]:
        if self._opening:
            tokens, self._opening = self._opening, []
            for token in tokens:
                self._grammar.accept(token)
            return tokens
        # Where the model is asked, it has to speak first.
        asks = self._probability is not None or self._asks_for_more
        return [] if asks else self._grammar.fast_forward()

    def apply(self, logits: Floats) -> None:
        self._complete = self._grammar.complete
        if self._asks_for_more and not self._wants_more(logits):
            logits[:] = -np.inf
            logits[self._grammar.end] = 0
            return
        before = logits.copy() if self._probability is not None else logits
        self._grammar.apply(logits)
        if self._probability is not None:
            self.refused = not policy.meant(self._probability, _share(before, np.isfinite(logits)))

    @property
    def finished(self) -> bool:
        return self._grammar.finished

    def accept(self, token: int) -> None:
        self._probability = None
        if self._complete:
            self._calls += 1
        self._asks_for_more = self._complete and self._starts is not None
        if token != self._grammar.end:
            self._grammar.accept(token)

    def _wants_more(self, logits: Floats) -> bool:
        assert self._starts is not None
        return policy.another(
            _share(logits, self._starts), calls=self._calls, off_template=self._off_template
        )


def _share(logits: Floats, tokens: Tokens) -> float:
    """The probability that the model gives to these tokens together."""
    weights = np.exp(logits - logits.max())
    return float(weights[tokens].sum() / weights.sum())
