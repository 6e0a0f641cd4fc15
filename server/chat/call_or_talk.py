"""Whether a model that may call a tool should.

A small model that sees tools wants to use them: asked for a poem, it calls the weather. But its own probabilities
say how much it means it. `CallGate` reads, before the first token, how likely the answer begins as calls do;
`NameGate` reads, where the tool's name stands, how much of the probability falls on names that exist. Their
product is the probability of a call that can be made, and it has to reach LEAST_PROBABILITY.
"""

import numpy as np
import numpy.typing as npt

from server.chat.grammar import GrammarConstraint
from server.engine.llama import Floats, Model

# Chosen on half of the cases of `python -m benchmarks tools`, whose other half confirms it: see docs/api.md.
LEAST_PROBABILITY = 0.6

# With what calls begin in all forms, taught or stray: tags, fences, objects, lists.
CALL_STARTS = ("<", "`", "{", "[")

Tokens = npt.NDArray[np.bool_]


def call_starts(model: Model) -> Tokens:
    """Which tokens a call may begin with, as a mask of shape (n_vocab,)."""
    pieces = (model.piece(token, special=True).lstrip() for token in range(model.n_vocab))
    starts = tuple(start.encode() for start in CALL_STARTS)
    return np.fromiter((piece.startswith(starts) for piece in pieces), np.bool_, model.n_vocab)


class CallGate:
    """Lets an answer begin as a call if the model wants that enough; a shut gate never does."""

    def __init__(self, starts: Tokens, *, shut: bool = False) -> None:
        self._starts = starts
        self._shut = shut
        self._passed = False
        self.probability = 0.0

    @property
    def open(self) -> bool:
        return self.probability >= LEAST_PROBABILITY and not self._shut

    def forced(self) -> list[int]:
        return []

    def apply(self, logits: Floats) -> None:
        if self._passed:
            return
        self.probability = _share(logits, self._starts)
        logits[~self._starts if self.open else self._starts] = -np.inf

    def accept(self, token: int) -> None:
        self._passed = True


class NameGate:
    """Calls held to their grammar; `refused` turns true, before the first name, if the model wants none of them.

    `opening` are the tokens up to the first name, and `probability` what the gate before this one has read.
    """

    def __init__(self, calls: GrammarConstraint, opening: list[int], probability: float) -> None:
        self._calls = calls
        self._opening = opening
        self._probability = probability
        self._passed = False
        self.refused = False

    def forced(self) -> list[int]:
        if self._opening:
            tokens, self._opening = self._opening, []
            for token in tokens:
                self._calls.accept(token)
            return tokens
        return self._calls.forced() if self._passed else []

    def apply(self, logits: Floats) -> None:
        if self._passed:
            self._calls.apply(logits)
            return
        before = logits.copy()
        self._calls.apply(logits)
        self._probability *= _share(before, np.isfinite(logits))
        self.refused = self._probability < LEAST_PROBABILITY

    def accept(self, token: int) -> None:
        self._passed = True
        self._calls.accept(token)


def _share(logits: Floats, tokens: Tokens) -> float:
    """The probability that the model gives to these tokens together."""
    weights = np.exp(logits - logits.max())
    return float(weights[tokens].sum() / weights.sum())
