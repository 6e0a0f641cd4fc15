"""Idle prefixes and checkpoints in RAM, outside llama.cpp's cache."""

from dataclasses import dataclass

from server.engine.llama.model import Bytes
from server.engine.prefix_tree import PrefixTree

# Swapping is faster than computing at every length (`python -m benchmarks prefixes`), but a shorter prefix saves little
# more than a tenth of a second.
LEAST_TOKENS = 32


@dataclass(eq=False)
class Swapped:
    """What `Context.save` returned for one path of tokens."""

    state: Bytes
    last_used: int


class Swap:
    """Keeps at most `limit` bytes; checkpoints that one deeper path has left behind go first, then what was used
    longest ago.

    Whole prefixes can be restored by themselves. A checkpoint is the state alone that a model had at the end of a
    path, for models that cannot go back to it; the cells of the path are in the cache or in a prefix.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._prefixes: PrefixTree[Swapped] = PrefixTree()
        self._checkpoints: PrefixTree[Swapped] = PrefixTree()

    @property
    def nbytes(self) -> int:
        return sum(swapped.state.nbytes for tree in self._trees for swapped in tree)

    @property
    def checkpoints(self) -> int:
        return len(list(self._checkpoints))

    def find(self, tokens: list[int], *, anywhere: bool) -> tuple[Swapped | None, int]:
        """The prefix that spares most of these tokens, and how many; if one cannot be cut `anywhere`, then as far as
        its end or a checkpoint."""
        shared = self._prefixes.shared(tokens)
        if not anywhere:
            shared = {swapped: self._reach(swapped, tokens, common) for swapped, common in shared.items()}
        found = max(shared, key=shared.__getitem__, default=None)
        return (found, shared[found]) if found else (None, 0)

    def path(self, swapped: Swapped) -> list[int]:
        return self._prefixes.path(swapped)

    def checkpoint(self, tokens: list[int]) -> tuple[Swapped | None, int]:
        """The last checkpoint on the way to the end of these tokens, and where it is."""
        passed = self._passed(tokens)
        found = max(passed, key=passed.__getitem__, default=None)
        return (found, passed[found]) if found else (None, 0)

    def touch_checkpoints(self, tokens: list[int], last_used: int) -> None:
        for checkpoint in self._passed(tokens):
            checkpoint.last_used = last_used

    def touch(self, path: list[int], last_used: int, *, anywhere: bool) -> bool:
        """Note a use of this path; False if it is not here. It may be a part of one that can be cut `anywhere`."""
        copies = [
            swapped
            for swapped, length in self._prefixes.shared(path).items()
            if length == len(path) and (anywhere or self._prefixes.length(swapped) == length)
        ]
        for swapped in copies:
            swapped.last_used = last_used
        return bool(copies)

    def put(self, path: list[int], state: Bytes, last_used: int) -> None:
        self._put(self._prefixes, path, state, last_used)

    def put_checkpoint(self, path: list[int], state: Bytes, last_used: int) -> None:
        self._put(self._checkpoints, path, state, last_used)

    def clear(self) -> None:
        for tree in self._trees:
            for swapped in list(tree):
                tree.remove(swapped)

    @property
    def _trees(self) -> tuple[PrefixTree[Swapped], PrefixTree[Swapped]]:
        return self._prefixes, self._checkpoints

    def _reach(self, swapped: Swapped, tokens: list[int], common: int) -> int:
        return common if common == self._prefixes.length(swapped) else self.checkpoint(tokens[:common])[1]

    def _passed(self, tokens: list[int]) -> dict[Swapped, int]:
        """The checkpoints on the way to the end of these tokens, and where they are."""
        shared = self._checkpoints.shared(tokens)
        return {each: at for each, at in shared.items() if at == self._checkpoints.length(each)}

    def _put(self, tree: PrefixTree[Swapped], path: list[int], state: Bytes, last_used: int) -> None:
        if state.nbytes > self.limit:
            return
        while self.nbytes + state.nbytes > self.limit:
            self._drop_one()
        tree.insert(Swapped(state, last_used), path)

    def _drop_one(self) -> None:
        candidates = [(True, each.last_used, each, self._prefixes) for each in self._prefixes]
        for each in self._checkpoints:
            left_behind = self._checkpoints.ways_on(each) == 1
            candidates.append((not left_behind, each.last_used, each, self._checkpoints))
        _, _, least_useful, tree = min(candidates, key=lambda candidate: candidate[:2])
        tree.remove(least_useful)
