"""Whether a model that may call a tool should, and whether once more.

A small model that sees tools wants to use them: asked for a poem, it calls the weather. But its own probabilities
say how much it means it. `CallGate` reads, before the first token, how likely the answer begins as calls do;
`CallConstraint` reads, where the tool's name stands, how much of the probability falls on names that exist. Their
product is the probability of a call that can be made. After a call, a model that never learnt the form of its
template goes on for ever, but the beginning of another call is still likelier when another one is wanted.
"""

import numpy as np
import numpy.typing as npt

from server.chat.grammar import GrammarConstraint
from server.engine.llama import Floats, Model

# Where wanted and unwanted calls part on Qwen2.5-Coder 0.5B and 1.5B; `python -m benchmarks tools` has the outcome.
LEAST_FOR_CALL = 0.3
LEAST_AFTER_RESULTS = 0.5
LEAST_FOR_ANOTHER = 0.1
# After the first call in a form that the model has not learnt: it hardly believes in a second, wanted or not.
LEAST_AFTER_STRAY = 1e-4

# With what calls begin in all forms, taught or stray: tags (or what is left of one), fences, objects, lists.
CALL_STARTS = ("<", ">", "`", "{", "[")

Tokens = npt.NDArray[np.bool_]


def call_starts(model: Model) -> Tokens:
    """Which tokens a call may begin with, as a mask of shape (n_vocab,); the end of an answer is none."""
    starts = tuple(start.encode() for start in CALL_STARTS)
    pieces = (
        b"" if model.ends_generation(token) else model.piece(token, special=True).lstrip()
        for token in range(model.n_vocab)
    )
    return np.fromiter((piece.startswith(starts) for piece in pieces), np.bool_, model.n_vocab)


class CallGate:
    """Lets an answer begin as a call if the model finds that likely enough; a shut gate never does.

    `own` are those of `starts` with which calls in the model's own form begin; `strays` tells, once the gate has
    read the first token's scores, whether the model would rather begin in another.
    """

    def __init__(self, starts: Tokens, own: Tokens, least: float, *, shut: bool = False) -> None:
        self._starts = starts
        self._own = own
        self.strays = False
        self._least = least
        self._shut = shut
        self._passed = False
        self.probability = 0.0

    @property
    def open(self) -> bool:
        return self.probability >= self._least and not self._shut

    def forced(self) -> list[int]:
        return []

    def apply(self, logits: Floats) -> None:
        if self._passed:
            return
        self.probability = _share(logits, self._starts)
        self.strays = _share(logits, self._own) < self.probability / 2
        logits[~self._starts if self.open else self._starts] = -np.inf

    def accept(self, token: int) -> None:
        self._passed = True

    @property
    def finished(self) -> bool:
        return False


class CallConstraint:
    """Holds calls to their grammar, and asks the model before the first name and before each further call.

    `opening` are the tokens up to the first name. `probability` is what the gate before has read, or None if a
    call is required; `refused` turns true if the model does not want the call enough. `starts` are the tokens
    with which a further call begins, if its separator leaves the model a choice to be asked about; `least` is how
    likely they have to be the first time.
    """

    def __init__(
        self,
        grammar: GrammarConstraint,
        opening: list[int],
        probability: float | None,
        starts: Tokens | None,
        least: float,
    ) -> None:
        self._grammar = grammar
        self._opening = opening if probability is not None else []
        self._probability = probability
        self._starts = starts
        self._least = least
        self._complete = False
        self._asks_for_more = False
        self.refused = False

    def forced(self) -> list[int]:
        if self._opening:
            tokens, self._opening = self._opening, []
            for token in tokens:
                self._grammar.accept(token)
            return tokens
        # Where the model is asked, it has to speak first.
        asks = self._probability is not None or self._asks_for_more
        return [] if asks else self._grammar.forced()

    def apply(self, logits: Floats) -> None:
        self._complete = self._grammar.complete
        if self._asks_for_more and self._starts is not None and _share(logits, self._starts) < self._least:
            logits[:] = -np.inf
            logits[self._grammar.end] = 0
            return
        before = logits.copy()
        self._grammar.apply(logits)
        if self._probability is not None:
            self.refused = self._probability * _share(before, np.isfinite(logits)) < LEAST_FOR_CALL

    @property
    def finished(self) -> bool:
        return self._grammar.finished

    def accept(self, token: int) -> None:
        self._probability = None
        if self._asks_for_more:
            self._least = LEAST_FOR_ANOTHER
        self._asks_for_more = self._complete and self._starts is not None
        if token != self._grammar.end:
            self._grammar.accept(token)


def _share(logits: Floats, tokens: Tokens) -> float:
    """The probability that the model gives to these tokens together."""
    weights = np.exp(logits - logits.max())
    return float(weights[tokens].sum() / weights.sum())
