"""The KV cache: whose tokens' keys and values are kept, and where."""

from dataclasses import dataclass

from server.engine.context import Context
from server.engine.llama import Bytes
from server.engine.prefix_tree import PrefixTree

# Attention reads every cell in use, wanted or not: what is idle beyond this moves to RAM while others are at work.
IDLE_CELLS = 1024
# A newcomer leaves the others so many cells each to grow: whoever had to give way should not be back at once.
HEADROOM = 16
# Parking is faster than computing at every length, but a shorter prefix saves little more than a tenth of a second.
WORTH_PARKING = 32


@dataclass(eq=False)
class Branch:
    """The keys and values of one path of tokens, at a slot: a llama.cpp sequence id.

    While a sequence is at work on it, `path` in the tree is its prompt, of which `computed` tokens are there (or more,
    with the answer). The first `shared` cells came from another branch.
    """

    slot: int
    computed: int
    shared: int
    planned: int
    live: bool = True
    last_used: int = 0


@dataclass(eq=False)
class Parked:
    """The keys and values of one path of tokens, in RAM."""

    state: Bytes
    last_used: int


class KVCache:
    """Lends slots, together with whatever any sequence has computed, or is computing, of the same tokens.

    Cells that branches share are stored and counted once. A live branch is never touched for the sake of another;
    an idle one stays until its room is needed, least recently used first, and is parked in RAM under a bound.
    """

    def __init__(self, context: Context, *, cells: int, slots: int, parking_bytes: int, shares: bool) -> None:
        self.cells = cells
        self._context = context
        self.parking_bytes = parking_bytes
        self._shares = shares
        self._slots = slots
        self._free_slots = list(range(slots))
        self._tree: PrefixTree[Branch] = PrefixTree()
        self._parked: PrefixTree[Parked] = PrefixTree()
        self._clock = 0

    @property
    def used(self) -> int:
        """Cells that hold something."""
        return self._tree.size + sum(branch.computed - branch.planned for branch in self._live())

    @property
    def parked_bytes(self) -> int:
        return sum(parked.state.nbytes for parked in self._parked)

    def known(self, tokens: list[int]) -> int:
        """How many of these tokens are in the cache or in RAM, or are being computed at this moment."""
        prefix = self._prefix(tokens)
        return max((*self._tree.shared(prefix).values(), *self._parked.shared(prefix).values()), default=0)

    def leader(self, tokens: list[int]) -> Branch | None:
        """A live branch that is still computing what these tokens begin with, beyond what is there already."""
        shared = self._tree.shared(self._prefix(tokens))
        there = max((min(length, branch.computed) for branch, length in shared.items()), default=0)
        promised = {b: length for b, length in shared.items() if b.live and length > max(there, b.computed)}
        return max(promised, key=promised.__getitem__, default=None)

    def begin(self, tokens: list[int]) -> Branch | None:
        """A slot for these tokens, filled as far as they are known; None if there is no room now.

        The last token is always left to compute: what follows it is the question. To be called when the tokens have
        no leader.
        """
        prefix = self._prefix(tokens)
        self._unpark(prefix)
        donor, length = self._donor(prefix)
        if not self._free_slots and not self._evict(keep=donor):
            return None
        branch = Branch(self._free_slots.pop(), length, length, len(prefix))
        if donor:
            self._touch(donor)
            self._context.share(donor.slot, branch.slot, 0, length)
        self._tree.insert(branch, prefix)
        if donor and not donor.live and length == donor.computed:
            self._forget(donor)
        others = len(self._live()) - 1
        if not self._make_room(1 + others * HEADROOM):
            self._forget(branch)
            return None
        return branch

    def grow(self, cells: int) -> bool:
        """Make sure that the next step's tokens find a cell each; False if all are in live use."""
        while self.used + cells > self.cells:
            if not self._evict():
                return False
        return True

    def end(self, branch: Branch, tokens: list[int]) -> None:
        """Keep what a sequence has computed of its tokens for others."""
        branch.live = False
        self._tree.remove(branch)
        path = tokens[: branch.computed]
        branch.planned = branch.computed
        overlap = max(self._tree.shared(path).values(), default=0)
        donor, known = self._donor(path)
        # Another branch has all of this, or is about to compute what this one has beyond `known`.
        if not self._shares or not path or overlap == len(path) or overlap > known:
            self._release(branch)
            return
        if donor and known > branch.shared:
            # Both computed the same tokens, for example two equal answers: keep one copy.
            self._context.remove(branch.slot, branch.shared, known)
            self._context.share(donor.slot, branch.slot, branch.shared, known)
        self._tree.insert(branch, path)
        self._touch(branch)

    def relieve(self) -> None:
        """Park what is idle beyond what decoding can bear."""
        live = self._live()
        while live and self._tree.size - self._tree.covered(live) > IDLE_CELLS:
            if not self._evict():
                return

    def clear(self) -> None:
        """Forget everything that is idle, in the cache and in RAM."""
        for branch in [branch for branch in self._tree if not branch.live]:
            self._forget(branch)
        for parked in list(self._parked):
            self._parked.remove(parked)

    def occupied_slots(self) -> list[int]:
        """Slots of which llama.cpp itself still holds a position."""
        return [slot for slot in range(self._slots) if self._context.length(slot)]

    def _prefix(self, tokens: list[int]) -> list[int]:
        return tokens[:-1] if self._shares else []

    def _live(self) -> list[Branch]:
        return [branch for branch in self._tree if branch.live]

    def _donor(self, tokens: list[int]) -> tuple[Branch | None, int]:
        """The branch with most of what these tokens begin with, and how many that are."""
        shared = self._tree.shared(tokens)
        known = {b: n for b, length in shared.items() if (n := min(length, b.computed))}
        donor = max(known, key=known.__getitem__, default=None)
        return donor, known[donor] if donor else 0

    def _make_room(self, cells: int, keep: Branch | None = None) -> bool:
        """Evict until there is room for so many cells more, beside all that live branches have yet to compute of
        their prompts; False, and nothing evicted, if the live alone leave too little."""
        live = self._live()
        free = self.cells - cells - sum(max(0, branch.computed - branch.planned) for branch in live)
        staying = [*live, keep] if keep else live
        if self._tree.covered(staying) > free:
            return False
        while self._tree.size > free:
            self._evict(keep)
        return True

    def _evict(self, keep: Branch | None = None) -> bool:
        """Park the idle branch that was used longest ago; False if there is none."""
        idle = [branch for branch in self._tree if not branch.live and branch is not keep]
        if not idle:
            return False
        oldest = min(idle, key=lambda branch: branch.last_used)
        self._park(oldest)
        self._forget(oldest)
        return True

    def _park(self, branch: Branch) -> None:
        path = self._tree.path(branch)
        copies = [p for p, length in self._parked.shared(path).items() if length == len(path)]
        for parked in copies:
            parked.last_used = branch.last_used
        if copies or self._tree.unique(branch) < WORTH_PARKING:
            return
        state = self._context.save(branch.slot)
        if state.nbytes > self.parking_bytes:
            return
        while self.parked_bytes + state.nbytes > self.parking_bytes:
            self._parked.remove(min(self._parked, key=lambda parked: parked.last_used))
        self._parked.insert(Parked(state, branch.last_used), path)

    def _unpark(self, prefix: list[int]) -> None:
        """Bring back what RAM knows of these tokens beyond the cache, as an idle branch."""
        shared = self._parked.shared(prefix)
        parked = max(shared, key=shared.__getitem__, default=None)
        donor, known = self._donor(prefix)
        if parked is None or shared[parked] - known < WORTH_PARKING:
            return
        length = shared[parked]
        # All of the parked path needs cells for a moment, though only the common part stays.
        whole = len(self._parked.path(parked))
        if not self._make_room(whole, donor):
            if not self._make_room(whole):
                return
            donor, known = self._donor(prefix)
        if not self._free_slots and not self._evict(donor):
            return
        slot = self._free_slots.pop()
        if not self._context.restore(slot, parked.state):
            self._context.remove(slot)
            self._free_slots.append(slot)
            return
        self._context.remove(slot, length)
        if donor:
            self._context.remove(slot, 0, known)
            self._context.share(donor.slot, slot, 0, known)
        branch = Branch(slot, length, known, length, live=False)
        self._tree.insert(branch, prefix[:length])
        self._touch(branch)
        parked.last_used = branch.last_used

    def _forget(self, branch: Branch) -> None:
        self._tree.remove(branch)
        self._release(branch)

    def _release(self, branch: Branch) -> None:
        self._context.remove(branch.slot)
        self._free_slots.append(branch.slot)

    def _touch(self, branch: Branch) -> None:
        self._clock += 1
        branch.last_used = self._clock
