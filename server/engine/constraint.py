"""What holds an answer to a form."""

from typing import Protocol

from server.engine.llama.model import Floats


class OutgrownForm(Exception):
    """A form that cannot hold the answer any further: a mistake of whoever chose it."""


class Constraint(Protocol):
    """Follows one sequence token by token. Called from the compute thread only, except the first `fast_forward`.

    Any of it may raise OutgrownForm.
    """

    def fast_forward(self) -> list[int]:
        """The tokens that have to come next because there is no choice; they are not sampled. Often none."""

    def apply(self, logits: Floats) -> None:
        """Lower to -inf, in place, the scores of shape (n_vocab,) of all tokens that may not come next."""

    def accept(self, token: int) -> None:
        """Take note of a token that was sampled. Those returned by `fast_forward` are known already."""

    @property
    def finished(self) -> bool:
        """Whether the answer is complete and nothing can follow."""
