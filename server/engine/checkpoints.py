"""Saved states of models that cannot go back: where they are wanted, and from where another sequence can go on."""

from collections.abc import Iterable

from server.engine.branches import Branch, Fork
from server.engine.llama.context import Context
from server.engine.swap import LEAST_TOKENS, Swap


class Checkpoints:
    """Made at the ends of prompts and answers, and where paths part; kept in RAM with what is swapped out."""

    def __init__(self, context: Context, swap: Swap) -> None:
        self._context = context
        self._swap = swap

    def fork(self, tokens: list[int], holder: Branch) -> Fork:
        """The last checkpoint on the way to the end of these tokens, whose cells `holder` has."""
        checkpoint, length = self._swap.checkpoint(tokens)
        return Fork(length, holder, checkpoint)

    def stops(self, prefix: list[int], start: int, parting: int, boundaries: Iterable[int]) -> set[int]:
        """Where a branch that begins at `start` has to stand still: at its end, and, unless the last such point is
        close by, at boundaries and where its path parts from others'."""
        if start == len(prefix):
            return set()
        last, stops = start, {len(prefix)}
        for position in sorted({*boundaries, parting}):
            if last + LEAST_TOKENS <= position < len(prefix):
                stops.add(position)
                last = position
        return stops

    def save(self, branch: Branch, path: list[int], now: int) -> None:
        """Keep the state that a branch has at the end of this path, if it is not there yet."""
        if self._swap.checkpoint(path)[1] < len(path):
            self._swap.put_checkpoint(path, self._context.save(branch.slot, state_only=True), now)
