"""The KV cache: whose tokens' keys and values are kept, and where."""

from collections.abc import Iterable

from server.engine.branches import Branch, Branches, Fork
from server.engine.checkpoints import Checkpoints
from server.engine.llama.context import Context
from server.engine.swap import LEAST_TOKENS, Swap, Swapped

# Attention reads every cell in use, wanted or not: what is idle beyond this moves to RAM while others are at work.
# So many cost a stream a twentieth of its speed (`python -m benchmarks prefixes`).
IDLE_CELLS = 1024
# A newcomer leaves the others so many cells each to grow: whoever had to give way should not be back at once, to give
# way again after a token or two.
HEADROOM = 16


class KVCache:
    """Lends slots, together with whatever any sequence has computed, or is computing, of the same tokens.

    Cells that branches share are stored and counted once. A live branch is never touched for the sake of another;
    an idle one stays until its room is needed, least recently used first, and is swapped out to RAM under a bound.

    Most models can go on from any position of a branch. Where a branch can be taken up at its end only, since its state
    cannot go back, `checkpoints` are saved at the positions that others will want.
    """

    def __init__(
        self, context: Context, *, cells: int, slots: int, swap_bytes: int, checkpoints: bool = False
    ) -> None:
        self.cells = cells
        self._context = context
        self._free_slots = list(range(slots))
        self._branches = Branches()
        self.swap = Swap(swap_bytes)
        self._checkpoints = Checkpoints(context, self.swap) if checkpoints else None
        self._clock = 0

    @property
    def used(self) -> int:
        """Cells that hold something."""
        return self._branches.size + sum(branch.computed - branch.planned for branch in self._branches.live)

    def known(self, tokens: list[int]) -> int:
        """How many of these tokens need not be computed: others have, or are about to."""
        prefix = tokens[:-1]
        _, swapped = self._find_swapped(prefix)
        promised = [length for branch, length in self._branches.shared(prefix).items() if branch.live]
        return max(self._fork(prefix).length, swapped, *promised, 0)

    def leader(self, tokens: list[int]) -> Branch | None:
        """A live branch that is still computing what these tokens begin with, beyond what is there already."""
        prefix = tokens[:-1]
        there = self._fork(prefix).length
        shared = self._branches.shared(prefix)
        promised = {b: length for b, length in shared.items() if b.live and self._promises(b, length, there)}
        leader = max(promised, key=promised.__getitem__, default=None)
        if leader and self._checkpoints:
            leader.stops.add(promised[leader])
        return leader

    def begin(self, tokens: list[int], boundaries: Iterable[int] = ()) -> Branch | None:
        """A slot for these tokens, filled as far as they are known; None if there is no room now.

        The last token is always left to compute: what follows it is the question. `boundaries` are where other prompts
        may part from this one. To be called when the tokens have no leader.
        """
        prefix = tokens[:-1]
        self._swap_in(prefix)
        fork = self._fork(prefix)
        if not self._free_slots and not self.evict(keep=fork.donor):
            return None
        slot = self._free_slots.pop()
        if not self._take_up(slot, fork):
            fork = Fork()
        branch = Branch(slot, fork.length, fork.length, len(prefix))
        if self._checkpoints:
            parting = self._branches.overlap(prefix)
            branch.stops = self._checkpoints.stops(prefix, fork.length, parting, boundaries)
        self._branches.insert(
            branch, prefix, self._branches.cells(fork.donor)[: fork.length] if fork.donor else []
        )
        if fork.donor:
            self._touch(fork.donor)
            self.swap.touch_checkpoints(prefix, self._clock)
        if fork.donor and not fork.donor.live and fork.length == fork.donor.computed:
            self._forget(fork.donor)
        others = len(self._branches.live) - 1
        if not self._make_room(1 + others * HEADROOM):
            self._forget(branch)
            return None
        return branch

    def grow(self, cells: int) -> bool:
        """Make sure that the next step's tokens find a cell each; False if all are in live use."""
        while self.used + cells > self.cells:
            if not self.evict():
                return False
        return True

    def advance(self, branch: Branch, tokens: list[int], n: int) -> None:
        """Note that so many more tokens have been computed, and keep the state where others will want it."""
        branch.computed += n
        if branch.computed in branch.stops:
            branch.stops.remove(branch.computed)
            self._save_checkpoint(branch, tokens)

    def end(self, branch: Branch, tokens: list[int]) -> None:
        """Keep what a sequence has computed of its tokens for others."""
        branch.live = False
        held = self._branches.cells(branch)[: branch.computed]
        held += self._branches.new(branch.computed - len(held))
        self._branches.remove(branch)
        path = tokens[: branch.computed]
        branch.planned = branch.computed
        branch.stops.clear()
        overlap = self._branches.overlap(path)
        fork = self._fork(path)
        # Another branch has all of this, or is about to compute what this one has beyond the fork.
        if not path or overlap == len(path) or overlap > fork.length:
            if overlap == len(path) > 0 and fork.length < len(path):
                self._save_checkpoint(branch, tokens)
            self._release(branch)
            return
        if fork.donor:
            # Both may have computed the same tokens, for example two equal answers: keep one copy.
            held = self._graft(fork, branch.slot, held)
        self._branches.insert(branch, path, held)
        self._touch(branch)

    def swap_out_idle(self) -> None:
        """Swap out what is idle beyond what decoding can bear."""
        live = self._branches.live
        while live and self._branches.size - self._branches.covered(live) > IDLE_CELLS:
            if not self.evict():
                return

    def evict(self, keep: Branch | None = None) -> bool:
        """Swap out the idle branch that was used longest ago; False if there is none."""
        idle = [branch for branch in self._branches.idle if branch is not keep]
        if not idle:
            return False
        oldest = min(idle, key=lambda branch: branch.last_used)
        self._swap_out(oldest)
        self._forget(oldest)
        return True

    def clear(self) -> None:
        """Forget everything that is idle, in the cache and in RAM."""
        for branch in self._branches.idle:
            self._forget(branch)
        self.swap.clear()

    def _fork(self, tokens: list[int]) -> Fork:
        """The last position of these tokens from which a new branch can go on at once."""
        shared = self._branches.shared(tokens)
        common = {b: n for b, length in shared.items() if (n := min(length, b.computed))}
        longest_first = sorted(common, key=common.__getitem__, reverse=True)
        donor = next((b for b in longest_first if self._context.knows(b.slot, common[b])), None)
        fork = Fork(common[donor], donor) if donor else Fork()
        if not self._checkpoints or not common:
            return fork
        holder = longest_first[0]
        saved = self._checkpoints.fork(tokens[: common[holder]], holder)
        return saved if saved.length > fork.length else fork

    def _take_up(self, slot: int, fork: Fork) -> bool:
        """Fill an empty slot as a fork says; False if it stays empty."""
        if fork.donor:
            self._context.share(fork.donor.slot, slot, 0, fork.length)
        if fork.checkpoint and not self._context.restore(slot, fork.checkpoint.state, state_only=True):
            self._context.remove(slot)
            return False
        return True

    def _graft(self, fork: Fork, slot: int, held: list[int]) -> list[int]:
        """Give a slot that holds these cells the donor's in their place; returns what it holds then."""
        assert fork.donor
        theirs = self._branches.cells(fork.donor)[: fork.length]
        start = next((i for i, (a, b) in enumerate(zip(held, theirs, strict=False)) if a != b), fork.length)
        if start < fork.length:
            self._context.graft(fork.donor.slot, slot, start, fork.length)
        return theirs + held[fork.length :]

    def _promises(self, branch: Branch, length: int, there: int) -> bool:
        """Whether a branch will come to a length that is worth waiting for."""
        if self._checkpoints and length not in branch.stops:
            there += LEAST_TOKENS  # to stop there, and save, costs more than a few tokens
        return length > max(there, branch.computed)

    def _save_checkpoint(self, branch: Branch, tokens: list[int]) -> None:
        if self._checkpoints:
            self._clock += 1
            self._checkpoints.save(branch, tokens[: branch.computed], self._clock)

    def _make_room(self, cells: int, keep: Branch | None = None) -> bool:
        """Evict until there is room for so many cells more, beside all that live branches have yet to compute of
        their prompts; False, and nothing evicted, if the live alone leave too little."""
        live = self._branches.live
        free = self.cells - cells - sum(max(0, branch.computed - branch.planned) for branch in live)
        staying = [*live, keep] if keep else live
        if self._branches.covered(staying) > free:
            return False
        while self._branches.size > free:
            self.evict(keep)
        return True

    def _swap_out(self, branch: Branch) -> None:
        path = self._branches.path(branch)
        here = self.swap.touch(path, branch.last_used, anywhere=not self._checkpoints)
        if not here and self._branches.unique(branch) >= LEAST_TOKENS:
            self.swap.put(path, self._context.save(branch.slot), branch.last_used)

    def _find_swapped(self, prefix: list[int]) -> tuple[Swapped | None, int]:
        return self.swap.find(prefix, anywhere=not self._checkpoints)

    def _swap_in(self, prefix: list[int]) -> None:
        """Bring back what RAM knows of these tokens beyond the cache, as an idle branch."""
        swapped, length = self._find_swapped(prefix)
        fork = self._fork(prefix)
        if swapped is None or length - fork.length < LEAST_TOKENS:
            return
        path = self.swap.path(swapped)
        # All of the swapped path needs cells for a moment, though only the common part may stay.
        if not self._make_room(len(path), fork.donor):
            if not self._make_room(len(path)):
                return
            fork = self._fork(prefix)
        if not self._free_slots and not self.evict(fork.donor):
            return
        slot = self._free_slots.pop()
        if not self._context.restore(slot, swapped.state):
            self._context.remove(slot)
            self._free_slots.append(slot)
            return
        if not self._checkpoints:
            path = path[:length]
            self._context.remove(slot, length)
        held = self._branches.new(len(path))
        if fork.donor:
            held = self._graft(fork, slot, held)
        branch = Branch(slot, len(path), fork.length, len(path), live=False)
        self._branches.insert(branch, path, held)
        self._touch(branch)
        swapped.last_used = branch.last_used

    def _forget(self, branch: Branch) -> None:
        self._branches.remove(branch)
        self._release(branch)

    def _release(self, branch: Branch) -> None:
        self._context.remove(branch.slot)
        self._free_slots.append(branch.slot)

    def _touch(self, branch: Branch) -> None:
        self._clock += 1
        branch.last_used = self._clock
