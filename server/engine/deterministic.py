"""A KV cache with which an answer never depends on other requests."""

from collections.abc import Iterable

from server.engine.branches import Branch
from server.engine.kv_cache import KVCache
from server.engine.llama.context import Context
from server.engine.scheduler import LARGEST_CHUNK
from server.engine.swap import Swapped


class DeterministicKVCache(KVCache):
    """Lends one slot at a time, in an empty cache.

    llama.cpp adds numbers in another order for other rows in a batch and other cells in use, and what differs by a
    rounding may end in another token. So every sequence has the cache to itself, and its tokens stand in the first
    cells, in batches that depend on nothing but them. Whole chunks of prompts stay for others, in RAM:
    they are read alike wherever a prompt begins so.
    """

    def __init__(
        self, context: Context, *, cells: int, slots: int, swap_bytes: int, checkpoints: bool = False
    ) -> None:
        super().__init__(context, cells=cells, slots=slots, swap_bytes=swap_bytes)
        self._divisible = not checkpoints  # otherwise nothing can be kept but the end

    def begin(self, tokens: list[int], boundaries: Iterable[int] = ()) -> Branch | None:
        """A slot for these tokens; None while another has one."""
        if self._branches.live:
            return None
        while self.evict():
            pass
        self._context.clear()  # the next cell is the first again
        return super().begin(tokens, boundaries)

    def end(self, branch: Branch, tokens: list[int]) -> None:
        """Keep the whole chunks of the prompt for others."""
        read = min(branch.computed, branch.planned)
        branch.computed = _whole_chunks(read) if self._divisible else 0
        self._context.remove(branch.slot, branch.computed)
        super().end(branch, tokens)

    def _find_swapped(self, prefix: list[int]) -> tuple[Swapped | None, int]:
        swapped, length = super()._find_swapped(prefix)
        return swapped, _whole_chunks(length)


def _whole_chunks(tokens: int) -> int:
    return tokens - tokens % LARGEST_CHUNK
