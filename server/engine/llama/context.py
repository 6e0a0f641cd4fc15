"""A model at work."""

import ctypes
import mmap
import sys
from typing import Any, Literal

import numpy as np
from llama_cpp import llama_cpp as lib

from kit.problem import Problem
from server.engine.llama.batch import Batch
from server.engine.llama.model import Bytes, Floats, Model, pointer_to


class Context:
    """A model at work: its KV cache, its threads, the results of the last decode.

    The cache has `n_slots` places for sequences; a place is what llama.cpp calls a sequence id.
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int,
        n_batch: int,
        n_slots: int,
        n_threads: int,
        output: Literal["logits", "vectors", "scores"] = "logits",
    ) -> None:
        """`output` is what a decode leaves: logits of tokens, or what each sequence is pooled to."""
        pools = output != "logits"
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = n_batch
        params.n_seq_max = n_slots
        # Otherwise room is reserved for the logits of every token of a batch.
        params.n_outputs_max = n_batch if pools else n_slots
        params.n_threads = params.n_threads_batch = n_threads
        params.kv_unified = True
        params.embeddings = pools
        if output == "scores":
            # The files of most rerankers do not say it themselves.
            params.pooling_type = lib.LLAMA_POOLING_TYPE_RANK
        pointer = lib.llama_init_from_model(model.pointer, params)
        if not pointer:
            raise Problem(
                f"llama.cpp could not make a context of {n_ctx} tokens for {model.path.name}. "
                "Set a smaller CONTEXT_LENGTH in .env.",
                f"llama.cpp 无法为 {model.path.name} 建立 {n_ctx} 个 token 的上下文。"
                "请在 .env 中把 CONTEXT_LENGTH 调小。",
            )
        self.pointer: Any = pointer
        self._memory: Any = lib.llama_get_memory(pointer)
        self._model = model
        self._n_threads = n_threads
        self._pools = pools
        self._n_pooled = lib.llama_model_n_cls_out(model.pointer) if output == "scores" else model.n_embd
        self._give_back_logits(n_slots)

    def use_threads(self, count: int) -> None:
        if count != self._n_threads:
            lib.llama_set_n_threads(self.pointer, count, count)
            self._n_threads = count

    def decode(self, batch: Batch) -> bool:
        """Compute the batch; False if the KV cache has no room for it. Anything else wrong raises RuntimeError."""
        code = lib.llama_decode(self.pointer, batch.struct())
        if code not in (0, 1):
            raise RuntimeError(f"llama_decode returned {code}")
        if self._pools and batch.n > self._rows_of_logits:
            self._give_back_logits(batch.n)
        return bool(code == 0)

    def _give_back_logits(self, rows: int) -> None:
        """Return memory that llama.cpp has zeroed and may never write: a row of logits for each slot, and in an
        encoder, which has no logits, for each token: half a gigabyte for 512 of them and a vocabulary of 250,000.
        Linux only, and not where a GPU may be reading it; what is needed after all comes back by itself."""
        self._rows_of_logits = rows
        if sys.platform != "linux" or lib.llama_supports_gpu_offload():
            return
        start = ctypes.addressof(lib.llama_get_logits(self.pointer).contents)
        first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        end = (
            (start + rows * self._model.n_vocab * ctypes.sizeof(ctypes.c_float))
            // mmap.PAGESIZE
            * mmap.PAGESIZE
        )
        madvise = ctypes.CDLL(None).madvise
        madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), mmap.MADV_DONTNEED)

    def logits(self, row: int) -> Floats:
        """The scores of every token after a row: a view of shape (n_vocab,), valid until the next decode."""
        return np.ctypeslib.as_array(
            lib.llama_get_logits_ith(self.pointer, row), shape=(self._model.n_vocab,)
        )

    def pooled(self, slot: int) -> Floats:
        """What a slot's tokens are pooled to: a view of shape (n_embd,) or (n_scores,), valid until the next decode."""
        return np.ctypeslib.as_array(
            lib.llama_get_embeddings_seq(self.pointer, slot), shape=(self._n_pooled,)
        )

    def remove(self, slot: int, start: int = 0, end: int = -1) -> None:
        """Forget a slot's positions from `start` to `end`; -1 is the end of the sequence."""
        lib.llama_memory_seq_rm(self._memory, slot, start, end)

    def share(self, source: int, target: int, start: int, end: int) -> None:
        """Make the cells of `source` from `start` to `end` cells of an empty `target` too: nothing is copied. A
        recurrent state is shared as it is now, wherever `end` is."""
        lib.llama_memory_seq_cp(self._memory, source, target, start, end)

    def graft(self, source: int, target: int, start: int, end: int) -> None:
        """Put cells of `source` in the place of those of `target`, which keeps a state of its own."""
        state = None if self._model.forgets_by_position else self.save(target, state_only=True)
        self.remove(target, start, end)
        self.share(source, target, start, end)
        if state is not None:
            self.restore(target, state, state_only=True)

    def knows(self, slot: int, position: int) -> bool:
        """Whether a slot can be taken up at a position: all that a token there looks back at is still in it."""
        looks_back = max(1, self._model.window)
        return bool(lib.llama_memory_seq_pos_min(self._memory, slot) <= max(0, position - looks_back))

    def save(self, slot: int, *, state_only: bool = False) -> Bytes:
        """A copy of all that a slot holds, or only of what cannot be taken up at any position: recurrent states, and
        the cells of sliding windows."""
        flags = lib.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY if state_only else lib.LLAMA_STATE_SEQ_FLAGS_NONE
        size = lib.llama_state_seq_get_size_ext(self.pointer, slot, flags)
        # Pages of its own, which the system gets back at once: blocks of a few megabytes that come and go would
        # leave the heap full of holes.
        data = np.frombuffer(mmap.mmap(-1, size), np.uint8)
        buffer: Any = pointer_to(data, ctypes.c_uint8)
        written = lib.llama_state_seq_get_data_ext(self.pointer, buffer, data.nbytes, slot, flags)
        return data[:written]

    def restore(self, slot: int, data: Bytes, *, state_only: bool = False) -> bool:
        """Write what `save` returned into a slot, a whole one into new cells; False if there is no room."""
        flags = lib.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY if state_only else lib.LLAMA_STATE_SEQ_FLAGS_NONE
        buffer: Any = pointer_to(data, ctypes.c_uint8)
        return bool(lib.llama_state_seq_set_data_ext(self.pointer, buffer, data.nbytes, slot, flags))

    def clear(self) -> None:
        if self._memory:  # an encoder has none
            lib.llama_memory_clear(self._memory, False)

    def close(self) -> None:
        lib.llama_free(self.pointer)
