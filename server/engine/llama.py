"""The one place that touches llama.cpp's C API."""

import ctypes
from collections.abc import Sequence as Row
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_cpp import llama_cpp as lib

from kit.problem import Problem

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# llama.cpp keeps the pointer: the callback has to outlive every call.
_silent = lib.llama_log_callback(lambda level, text, data: None)
lib.llama_log_set(_silent, ctypes.c_void_p(0))
lib.llama_backend_init()


class Model:
    """A GGUF file's weights and vocabulary."""

    def __init__(self, path: Path, gpu_layers: int | None = None) -> None:
        """`gpu_layers` go to a GPU if llama.cpp was built for one; without a number, all."""
        params = lib.llama_model_default_params()
        params.n_gpu_layers = -1 if gpu_layers is None else gpu_layers
        # llama.cpp lays many weights out anew for the processor: a mapped file would stand in memory beside that.
        params.load_mode = lib.LLAMA_LOAD_MODE_NONE
        pointer = lib.llama_model_load_from_file(str(path).encode(), params)
        if not pointer:
            raise Problem(
                f"{path} cannot be loaded: the file is broken, or this llama.cpp does not know its architecture. "
                "Check it with `python -m server models verify`, or choose another model in .env.",
                f"无法加载 {path}：文件已损坏，或当前 llama.cpp 不支持该架构。"
                "请运行 `python -m server models verify` 检查，或在 .env 中换一个模型。",
            )
        self.pointer: Any = pointer
        self.path = path
        self._vocab: Any = lib.llama_model_get_vocab(pointer)
        self.n_vocab: int = lib.llama_vocab_n_tokens(self._vocab)
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(pointer)
        self.n_embd: int = lib.llama_model_n_embd(pointer)
        self.size: int = lib.llama_model_size(pointer)
        self.bos = self._special(lib.llama_vocab_bos)
        self.eos = self._special(lib.llama_vocab_eos)

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        """Token ids of a text; `add_special` adds what the vocabulary wants around it (BOS, EOS, CLS, SEP)."""
        raw = text.encode()
        room = len(raw) + 8
        tokens = (lib.llama_token * room)()
        n = lib.llama_tokenize(self._vocab, raw, len(raw), tokens, room, add_special, parse_special)
        if n < 0:
            room = -n
            tokens = (lib.llama_token * room)()
            n = lib.llama_tokenize(self._vocab, raw, len(raw), tokens, room, add_special, parse_special)
        return list(tokens[:n])

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes that a token stands for, which need not be whole characters."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n: int = lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, special)
            if n >= 0:
                return buffer.raw[:n]
            size = -n

    def ends_generation(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def metadata(self, key: str) -> str | None:
        """A value from the GGUF header as text, such as `general.architecture`."""
        size = 256
        while True:
            buffer = ctypes.create_string_buffer(size)
            n: int = lib.llama_model_meta_val_str(self.pointer, key.encode(), buffer, size)
            if n < 0:
                return None
            if n < size:
                return buffer.raw[:n].decode()
            size = n + 1

    def chat_template(self) -> str | None:
        text: bytes | None = lib.llama_model_chat_template(self.pointer, None)
        return text.decode() if text else None

    @property
    def forgets_by_position(self) -> bool:
        """Whether any stretch of a sequence can be dropped or shared. A recurrent state holds all of it at once, and
        a sliding window has let go of the beginning."""
        recurrent = lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer)
        return not recurrent and lib.llama_model_n_swa(self.pointer) == 0

    @property
    def pools(self) -> bool:
        """Whether the file says how token vectors become one: that is, whether it is an embedding model."""
        return self.metadata(f"{self.metadata('general.architecture')}.pooling_type") not in (None, "0")

    def kv_bytes_per_token(self) -> int:
        """Bytes of an f16 KV cache for one position."""
        architecture = self.metadata("general.architecture")
        n_head: int = lib.llama_model_n_head(self.pointer)
        n_head_kv: int = lib.llama_model_n_head_kv(self.pointer)
        head = self.n_embd // n_head
        k = int(self.metadata(f"{architecture}.attention.key_length") or head)
        v = int(self.metadata(f"{architecture}.attention.value_length") or head)
        return int(lib.llama_model_n_layer(self.pointer)) * n_head_kv * (k + v) * 2

    def _special(self, getter: Any) -> int | None:
        token: int = getter(self._vocab)
        return token if token >= 0 else None


class Batch:
    """Rows for one decode: a token, its position and its sequence, and whether its logits are wanted."""

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

    def add(self, tokens: Row[int], position: int, sequence: int, *, wanted: bool, each: bool = False) -> int:
        """Append consecutive tokens of one sequence; `wanted` asks for an output at the last one, or at `each`.

        Returns the row of the last token.
        """
        start, end = self.n, self.n + len(tokens)
        self._token[start:end] = tokens
        self._pos[start:end] = np.arange(position, position + len(tokens))
        self._seq[start:end] = sequence
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
        batch.token = _pointer(self._token, ctypes.c_int32)
        batch.pos = _pointer(self._pos, ctypes.c_int32)
        batch.n_seq_id = _pointer(self._ones, ctypes.c_int32)
        batch.seq_id = _pointer(self._seq_pointers, ctypes.POINTER(ctypes.c_int32))
        batch.logits = _pointer(self._wanted, ctypes.c_int8)
        return batch


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

    def decode(self, batch: Batch) -> bool:
        """Compute the batch; False if the KV cache has no room for it. Anything else wrong raises RuntimeError."""
        code = lib.llama_decode(self._pointer, batch.struct())
        if code not in (0, 1):
            raise RuntimeError(f"llama_decode returned {code}")
        return bool(code == 0)

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
        data = np.empty(lib.llama_state_seq_get_size(self._pointer, sequence), np.uint8)
        buffer: Any = _pointer(data, ctypes.c_uint8)
        written = lib.llama_state_seq_get_data(self._pointer, buffer, data.nbytes, sequence)
        return data[:written]

    def restore(self, sequence: int, data: Bytes) -> bool:
        """Write what `save` returned into new cells of a sequence; False if there is no room."""
        buffer: Any = _pointer(data, ctypes.c_uint8)
        return bool(lib.llama_state_seq_set_data(self._pointer, buffer, data.nbytes, sequence))

    def length(self, sequence: int) -> int:
        """How many positions the memory holds of a sequence."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def clear(self) -> None:
        if self._memory:  # an encoder has none
            lib.llama_memory_clear(self._memory, False)

    def close(self) -> None:
        lib.llama_free(self._pointer)


def _pointer(array: npt.NDArray[Any], kind: Any) -> Any:
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))
