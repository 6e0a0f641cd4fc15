"""A model in llama.cpp. With `batch` and `context`, the one place that touches llama.cpp's C API."""

import ctypes
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

    def control_texts(self) -> list[str]:
        """How the tokens are written that are not text but say what text is, such as the end of a turn."""
        control = [t for t in range(self.n_vocab) if lib.llama_vocab_is_control(self._vocab, t)]
        return [self.piece(token, special=True).decode(errors="replace") for token in control]

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
        """Bytes of an f16 KV cache for one position; 0 where a recurrent model has none."""
        architecture = self.metadata("general.architecture")
        n_head: int = lib.llama_model_n_head(self.pointer)
        n_head_kv: int = lib.llama_model_n_head_kv(self.pointer)
        if not n_head:
            return 0
        head = self.n_embd // n_head
        k = int(self.metadata(f"{architecture}.attention.key_length") or head)
        v = int(self.metadata(f"{architecture}.attention.value_length") or head)
        return int(lib.llama_model_n_layer(self.pointer)) * n_head_kv * (k + v) * 2

    def _special(self, getter: Any) -> int | None:
        token: int = getter(self._vocab)
        return token if token >= 0 else None


def pointer_to(array: npt.NDArray[Any], kind: Any) -> Any:
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))
