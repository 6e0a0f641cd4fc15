"""A GGUF file: its weights and its vocabulary."""

import ctypes
import weakref
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_cpp import llama_cpp as lib
from llguidance import LLTokenizer
from llguidance.llamacpp import lltokenizer_from_vocab

from kit.problem import Problem
from server.engine.llama.footprint import Footprint, measure
from server.engine.llama.pieces import LENGTH, pieces

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
        # With the last who holds the model: requests under way may still read its vocabulary when it is replaced. Not
        # at the end of the program, when the compute thread may be in the middle of a step.
        weakref.finalize(self, lib.llama_model_free, pointer).atexit = False
        self.path = path
        self.vocab: Any = lib.llama_model_get_vocab(pointer)
        self._splits_words = lib.llama_vocab_type(self.vocab) == lib.LLAMA_VOCAB_TYPE_BPE
        self.n_vocab: int = lib.llama_vocab_n_tokens(self.vocab)
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(pointer)
        self.n_embd: int = lib.llama_model_n_embd(pointer)
        self.size: int = lib.llama_model_size(pointer)
        self.bos = self._special(lib.llama_vocab_bos)
        self.eos = self._special(lib.llama_vocab_eos)

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        """Token ids of a text; `add_special` adds what the vocabulary wants around it (BOS, EOS, CLS, SEP)."""
        if not self._splits_words or len(text) <= LENGTH:
            return self._tokens(text, add_special, parse_special)
        tokens = [token for piece in pieces(text) for token in self._tokens(piece, False, parse_special)]
        bos = self.bos if add_special and lib.llama_vocab_get_add_bos(self.vocab) else None
        eos = self.eos if add_special and lib.llama_vocab_get_add_eos(self.vocab) else None
        return [token for token in (bos, *tokens, eos) if token is not None]

    def _tokens(self, text: str, add_special: bool, parse_special: bool) -> list[int]:
        raw = text.encode()
        room = len(raw) + 8
        tokens = (lib.llama_token * room)()
        n = lib.llama_tokenize(self.vocab, raw, len(raw), tokens, room, add_special, parse_special)
        if n < 0:
            room = -n
            tokens = (lib.llama_token * room)()
            n = lib.llama_tokenize(self.vocab, raw, len(raw), tokens, room, add_special, parse_special)
        return list(tokens[:n])

    def grammar_tokenizer(self, slices: list[str]) -> LLTokenizer:
        """The vocabulary as llguidance wants it, read in a second or two; it keeps the masks of `slices` ready."""
        return lltokenizer_from_vocab(self.vocab, slices=slices)

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes that a token stands for, which need not be whole characters."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n: int = lib.llama_token_to_piece(self.vocab, token, buffer, size, 0, special)
            if n >= 0:
                return buffer.raw[:n]
            size = -n

    def ends_generation(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self.vocab, token))

    def special_token_texts(self) -> list[str]:
        """How the tokens are written that are not text but say what text is, such as the end of a turn."""
        control = [t for t in range(self.n_vocab) if lib.llama_vocab_is_control(self.vocab, t)]
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

    def chat_template(self, name: str | None = None) -> str | None:
        """The default one, or another that the file carries, such as `rerank`."""
        text: bytes | None = lib.llama_model_chat_template(self.pointer, name.encode() if name else None)
        return text.decode() if text else None

    @property
    def architecture(self) -> str | None:
        return self.metadata("general.architecture")

    @property
    def pair_frame(self) -> tuple[list[int], list[int], list[int]]:
        """The special tokens that the vocabulary wants before, between and after two texts."""
        sep = self._special(lib.llama_vocab_sep)
        wanted = (
            (lib.llama_vocab_get_add_bos, self.bos),
            (lib.llama_vocab_get_add_eos, sep if self.eos is None else self.eos),
            (lib.llama_vocab_get_add_sep, sep),
        )
        begin, end, split = (
            [token] if adds(self.vocab) and token is not None else [] for adds, token in wanted
        )
        return begin, end + split, end

    @property
    def recurrent(self) -> bool:
        """Whether some of its layers hold a whole sequence as one state."""
        return bool(lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer))

    @property
    def window(self) -> int:
        """How many positions before a token a sliding window lets it see; 0 without one."""
        return int(lib.llama_model_n_swa(self.pointer))

    @property
    def forgets_by_position(self) -> bool:
        """Whether any stretch of a sequence can be dropped or shared. A recurrent state holds all of it at once, and
        a sliding window has let go of the beginning."""
        return not self.recurrent and not self.window

    @property
    def pools(self) -> bool:
        """Whether the file says how token vectors become one: that is, whether it is an embedding model."""
        return self.metadata(f"{self.architecture}.pooling_type") not in (None, "0")

    @cached_property
    def footprint(self) -> Footprint:
        """What its contexts take in memory; the first time, it computes a token to see."""
        return measure(self.pointer, recurrent=self.recurrent)

    def _special(self, getter: Any) -> int | None:
        token: int = getter(self.vocab)
        return token if token >= 0 else None


def pointer_to(array: npt.NDArray[Any], kind: Any) -> Any:
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))


def system_info() -> str:
    """How this llama.cpp was built, and which features of the processor it uses."""
    text: bytes = lib.llama_print_system_info()
    return text.decode().strip()
