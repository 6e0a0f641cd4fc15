"""What the memory of a context costs, as llama.cpp itself lays it out."""

from dataclasses import dataclass
from typing import Any

from llama_cpp import llama_cpp as lib

# Far more than a laptop decodes at once; the rest of the slots keep prefixes.
MAX_SLOTS = 64
# Each slot of a recurrent model has a state of its own, used or not: tens of megabytes in larger ones.
LARGEST_STATES = 400_000_000
# As many agents as the benchmarks run at once.
FEWEST_SLOTS = 8


@dataclass(frozen=True)
class Footprint:
    """Bytes of a token's cell in the KV cache, and of a slot's recurrent state; 0 where a model has none."""

    token_bytes: int
    state_bytes: int = 0

    @property
    def slots(self) -> int:
        """How many sequences a context has places for."""
        fitting = LARGEST_STATES // self.state_bytes if self.state_bytes else MAX_SLOTS
        return max(FEWEST_SLOTS, min(fitting, MAX_SLOTS))

    @property
    def states(self) -> int:
        """Bytes of all recurrent states of a context."""
        return self.slots * self.state_bytes

    def context(self, n_ctx: int) -> int:
        """Bytes of a context of that many tokens."""
        return n_ctx * self.token_bytes + self.states

    def tokens(self, room: int, wanted: int) -> int:
        """How many of the wanted tokens fit into so many bytes, beside all states."""
        left = room - self.states
        if left < 0:
            return 0
        return min(wanted, left // self.token_bytes) if self.token_bytes else wanted


def measure(model: Any, *, recurrent: bool) -> Footprint:
    """Compute two tokens and look at what there is to be saved: layers differ in too many ways to be counted."""
    params = lib.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = 2
    params.n_seq_max = params.n_threads = params.n_threads_batch = 1
    params.kv_unified = True
    context = lib.llama_init_from_model(model, params)
    if not context:
        raise RuntimeError("llama.cpp could not make a context of two tokens")
    token = (lib.llama_token * 1)(0)
    sizes: list[int] = []
    try:
        for _ in range(2):
            if code := lib.llama_decode(context, lib.llama_batch_get_one(token, 1)):
                raise RuntimeError(f"llama_decode returned {code}")
            sizes.append(lib.llama_state_seq_get_size(context, 0))
        partial = lib.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        state = int(lib.llama_state_seq_get_size_ext(context, 0, partial)) if recurrent else 0
    finally:
        lib.llama_free(context)
    return Footprint(sizes[1] - sizes[0], state)
