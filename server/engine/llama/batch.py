"""Rows of tokens for one decode."""

import ctypes
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from server.engine.llama.model import pointer_to


class Batch:
    """Rows for one decode: a token, its position and its slot, and whether its logits are wanted."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.n = 0
        self._token = np.zeros(capacity, np.int32)
        self._pos = np.zeros(capacity, np.int32)
        self._seq = np.zeros(capacity, np.int32)
        self._wanted = np.zeros(capacity, np.int8)
        self._ones = np.ones(capacity, np.int32)
        # llama.cpp wants a pointer per row to that row's list of sequences; each list here has one entry.
        self._seq_pointers = (self._seq.ctypes.data + 4 * np.arange(capacity)).astype(np.uintp)
        self._struct = lib.llama_batch()

    def add(self, tokens: list[int], position: int, slot: int, *, wanted: bool, each: bool = False) -> int:
        """Append consecutive tokens of one slot; `wanted` asks for an output at the last one, or at `each`.

        Returns the row of the last token.
        """
        start, end = self.n, self.n + len(tokens)
        self._token[start:end] = tokens
        self._pos[start:end] = np.arange(position, position + len(tokens))
        self._seq[start:end] = slot
        self._wanted[start:end] = wanted and each
        self._wanted[end - 1] = wanted
        self.n = end
        return end - 1

    @property
    def room(self) -> int:
        return self.capacity - self.n

    def clear(self) -> None:
        self.n = 0

    def struct(self) -> Any:
        batch: Any = self._struct
        batch.n_tokens = self.n
        batch.token = pointer_to(self._token, ctypes.c_int32)
        batch.pos = pointer_to(self._pos, ctypes.c_int32)
        batch.n_seq_id = pointer_to(self._ones, ctypes.c_int32)
        batch.seq_id = pointer_to(self._seq_pointers, ctypes.POINTER(ctypes.c_int32))
        batch.logits = pointer_to(self._wanted, ctypes.c_int8)
        return batch
