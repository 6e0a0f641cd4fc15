"""A model at work."""

import ctypes
import mmap
import sys
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from kit.problem import Problem
from server.engine.batch import Batch
from server.engine.llama import Bytes, Floats, Model, pointer_to


class Context:
    """A model at work: its KV cache, its threads, the results of the last decode."""

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int,
        n_batch: int,
        n_seq_max: int,
        n_threads: int,
        embeddings: bool = False,
    ) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = n_batch
        params.n_seq_max = n_seq_max
        # Otherwise room is reserved for the logits of every token of a batch.
        params.n_outputs_max = n_batch if embeddings else n_seq_max
        params.n_threads = params.n_threads_batch = n_threads
        params.kv_unified = True
        params.embeddings = embeddings
        pointer = lib.llama_init_from_model(model.pointer, params)
        if not pointer:
            raise Problem(
                f"llama.cpp could not make a context of {n_ctx} tokens for {model.path.name}. "
                "Set a smaller CONTEXT_LENGTH in .env.",
                f"llama.cpp 无法为 {model.path.name} 建立 {n_ctx} 个 token 的上下文。"
                "请在 .env 中把 CONTEXT_LENGTH 调小。",
            )
        self._pointer: Any = pointer
        self._memory: Any = lib.llama_get_memory(pointer)
        self._model = model
        self._embeddings = embeddings
        self._give_back_logits(n_seq_max)

    def decode(self, batch: Batch) -> bool:
        """Compute the batch; False if the KV cache has no room for it. Anything else wrong raises RuntimeError."""
        code = lib.llama_decode(self._pointer, batch.struct())
        if code not in (0, 1):
            raise RuntimeError(f"llama_decode returned {code}")
        if self._embeddings and batch.n > self._rows_of_logits:
            self._give_back_logits(batch.n)
        return bool(code == 0)

    def _give_back_logits(self, rows: int) -> None:
        """Return memory that llama.cpp has zeroed and may never write: a row of logits for each sequence, and in an
        encoder, which has no logits, for each token: half a gigabyte for 512 of them and a vocabulary of 250,000.
        Linux only, and not where a GPU may be reading it; what is needed after all comes back by itself."""
        self._rows_of_logits = rows
        if sys.platform != "linux" or lib.llama_supports_gpu_offload():
            return
        start = ctypes.addressof(lib.llama_get_logits(self._pointer).contents)
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
            lib.llama_get_logits_ith(self._pointer, row), shape=(self._model.n_vocab,)
        )

    def pooled(self, sequence: int) -> Floats:
        """The pooled vector of a sequence: a view of shape (n_embd,), valid until the next decode."""
        return np.ctypeslib.as_array(
            lib.llama_get_embeddings_seq(self._pointer, sequence), shape=(self._model.n_embd,)
        )

    def sample(self, chain: Any, row: int) -> int:
        return int(lib.llama_sampler_sample(chain, self._pointer, row))

    def remove(self, sequence: int, start: int = 0, end: int = -1) -> None:
        """Forget a sequence's positions from `start` to `end`; -1 is the end of the sequence."""
        lib.llama_memory_seq_rm(self._memory, sequence, start, end)

    def share(self, source: int, target: int, start: int, end: int) -> None:
        """Make the cells of `source` from `start` to `end` cells of `target` too: nothing is copied."""
        lib.llama_memory_seq_cp(self._memory, source, target, start, end)

    def save(self, sequence: int) -> Bytes:
        """A copy of all keys and values of a sequence."""
        size = lib.llama_state_seq_get_size(self._pointer, sequence)
        # Pages of its own, which the system gets back at once: blocks of a few megabytes that come and go would
        # leave the heap full of holes.
        data = np.frombuffer(mmap.mmap(-1, size), np.uint8)
        buffer: Any = pointer_to(data, ctypes.c_uint8)
        written = lib.llama_state_seq_get_data(self._pointer, buffer, data.nbytes, sequence)
        return data[:written]

    def restore(self, sequence: int, data: Bytes) -> bool:
        """Write what `save` returned into new cells of a sequence; False if there is no room."""
        buffer: Any = pointer_to(data, ctypes.c_uint8)
        return bool(lib.llama_state_seq_set_data(self._pointer, buffer, data.nbytes, sequence))

    def length(self, sequence: int) -> int:
        """How many positions the memory holds of a sequence."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def clear(self) -> None:
        if self._memory:  # an encoder has none
            lib.llama_memory_clear(self._memory, False)

    def close(self) -> None:
        lib.llama_free(self._pointer)
