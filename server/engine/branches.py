"""Which tokens have been computed, by whom, and in which cells of the cache."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice

from server.engine.prefix_tree import PrefixTree
from server.engine.swap import Swapped


@dataclass(eq=False)
class Branch:
    """What one path of tokens left in memory, at a slot, which llama.cpp calls a sequence id.

    While a sequence is at work on it, its path is its prompt, of which `computed` tokens are there (or more, with the
    answer). The first `shared` cells came from another branch. At each of `stops` it has to stand still for a moment:
    others will go on from there.
    """

    slot: int
    computed: int
    shared: int
    planned: int
    live: bool = True
    last_used: int = 0
    stops: set[int] = field(default_factory=set)

    @property
    def next_stop(self) -> int | None:
        return min(self.stops, default=None)


@dataclass(frozen=True)
class Fork:
    """Where a new branch can go on: the first `length` cells of a donor, with a state that was saved there if the
    donor's own is not the one."""

    length: int = 0
    donor: Branch | None = None
    checkpoint: Swapped | None = None


class Branches:
    """All branches, found by their tokens. Cells that several of them share are counted once."""

    def __init__(self) -> None:
        self._paths: PrefixTree[Branch] = PrefixTree()
        # Apart from the paths: two can have computed the same tokens, each for itself.
        self._cells: PrefixTree[Branch] = PrefixTree()
        self._new_cells = count()

    def __iter__(self) -> Iterator[Branch]:
        return iter(self._paths)

    @property
    def live(self) -> list[Branch]:
        return [branch for branch in self if branch.live]

    @property
    def idle(self) -> list[Branch]:
        return [branch for branch in self if not branch.live]

    @property
    def size(self) -> int:
        """Cells of all branches' paths, those included that are yet to be computed."""
        return self._cells.size

    def covered(self, branches: list[Branch]) -> int:
        """Cells of these branches."""
        return self._cells.covered(branches)

    def shared(self, tokens: list[int]) -> dict[Branch, int]:
        """How much of these tokens is the beginning of each branch's path, where it is any of it."""
        return self._paths.shared(tokens)

    def overlap(self, tokens: list[int]) -> int:
        """How much of these tokens any branch's path begins with."""
        return max(self.shared(tokens).values(), default=0)

    def path(self, branch: Branch) -> list[int]:
        return self._paths.path(branch)

    def unique(self, branch: Branch) -> int:
        """How many of a branch's tokens are no other's."""
        return self._paths.unique(branch)

    def cells(self, branch: Branch) -> list[int]:
        return self._cells.path(branch)

    def insert(self, branch: Branch, path: list[int], held: list[int]) -> None:
        """Put a branch on record: what it is about, and the cells that it has, which are new ones after `held`."""
        self._paths.insert(branch, path)
        self._cells.insert(branch, held + self.new(len(path) - len(held)))

    def remove(self, branch: Branch) -> None:
        self._paths.remove(branch)
        self._cells.remove(branch)

    def new(self, cells: int) -> list[int]:
        """Names for cells that nobody else has."""
        return list(islice(self._new_cells, cells))
