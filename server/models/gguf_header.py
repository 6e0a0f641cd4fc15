"""The header of a GGUF file, read to its end before llama.cpp sees the file.

Every number in it was chosen by a stranger: each is compared with the bytes that there are before anything is read or
allocated for it. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import mmap
import stat
import struct
from pathlib import Path

from kit.problem import Problem

MAGIC = b"GGUF"
VERSIONS = (2, 3)
# Far beyond the models that there are (some 2,000 tensors; 300,000 tokens and as many merges).
MOST_TENSORS = MOST_SETTINGS = 100_000
MOST_LAYERS = 512  # llama.cpp ends the process over more, and over none
MOST_STRINGS = 4_000_000
MOST_TOKENS = 1_000_000
# llama.cpp reads as many of these as there are tokens, wherever that ends.
FLOAT32, INT32 = 6, 5
OF_TOKENS = {b"scores": (FLOAT32,), b"token_type": (INT32, 4)}
VOCABULARY = b"tokenizer.ggml."
MOST_HEADER_BYTES = 1 << 28
KEY_BYTES = 65_535
NAME_BYTES = 63  # of a tensor; ggml keeps 64 with the end
DIMENSIONS = 4
ALIGNMENT = 32
# llama.cpp's pooling type of rerankers, and the tensors of their head
RANK, HEAD = 4, (b"cls.weight", b"cls.output.weight")

STRING, ARRAY, UINT32 = 8, 9, 4
LENGTH = struct.Struct("<Q")
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


class _BrokenHeader(Exception):
    """Says what is wrong, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        self.en = en
        self.zh = zh


def read(file: Path) -> "Header":
    """Raises `Problem` unless the header is sound and the file is long enough for the tensors that it names."""
    try:
        found = file.stat()
        # A device would be waited for, and what has no length, such as the files of /proc, can't be mapped.
        if not stat.S_ISREG(found.st_mode):
            raise _BrokenHeader("it is no file", "它不是普通文件")
        if not found.st_size:
            raise _BrokenHeader("it is empty", "文件是空的")
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            header = Header(content)
            header.read()
            return header
    except _BrokenHeader as broken:
        raise Problem(
            f"{file} is not a sound GGUF model: {broken.en}. Give a .gguf file that was downloaded whole, from a "
            "source that you trust.",
            f"{file} 不是完好的 GGUF 模型：{broken.zh}。请换成来源可信、完整下载的 .gguf 文件。",
        ) from None
    except OSError as error:
        raise Problem(
            f"{file} can't be read: {error.strerror}. Give a file that you may read.",
            f"无法读取 {file}：{error.strerror}。请换成有读取权限的文件。",
        ) from None


class Header:
    """What it says of the model: `architecture` is None if it isn't there, `pooling` 0."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._size = len(content)
        self._end = min(self._size, MOST_HEADER_BYTES)
        self._at = 0
        self._strings = 0
        self._alignment = ALIGNMENT
        self.architecture: str | None = None
        self._of_tokens: dict[bytes, int] = {}
        self.pooling = 0
        self.head: set[bytes] = set()

    @property
    def ranks(self) -> bool:
        """Whether this is a reranker: it says so, or has the head of one, as most files do that say nothing."""
        dense, output = (name in self.head for name in HEAD)
        return self.pooling == RANK or output or (dense and not self.pooling)

    def read(self) -> None:
        magic = self._content[:4]
        if magic != MAGIC:
            raise _BrokenHeader(
                f"it begins with {magic!r}, not {MAGIC!r}", f"开头是 {magic!r}，而不是 {MAGIC!r}"
            )
        self._at = len(magic)
        version = self._number(4)
        if version not in VERSIONS:
            raise _BrokenHeader(f"its version is {version}, not 2 or 3", f"版本是 {version}，而不是 2 或 3")
        tensors, settings = self._number(8), self._number(8)
        for number, most in ((tensors, MOST_TENSORS), (settings, MOST_SETTINGS)):
            if number > most:
                raise _BrokenHeader(
                    f"it claims {tensors:,} tensors and {settings:,} settings",
                    f"它声称有 {tensors:,} 个张量和 {settings:,} 项设置",
                )
        for _ in range(settings):
            self._setting()
        self._check_vocabulary()
        needed = [self._tensor() for _ in range(tensors)]
        data = -(-self._at // self._alignment) * self._alignment
        if needed and data + max(needed) > self._size:
            raise _BrokenHeader(
                f"its tensors need {data + max(needed):,} bytes, and it has {self._size:,}",
                f"其张量需要 {data + max(needed):,} 字节，而文件只有 {self._size:,} 字节",
            )

    def _setting(self) -> None:
        key = self._name(KEY_BYTES)
        kind = self._number(4)
        if kind == STRING and key == b"general.architecture":
            self.architecture = self._name(NAME_BYTES).decode(errors="replace")
        elif kind == STRING:
            self._skip(self._number(LENGTH.size))
        elif kind == ARRAY:
            self._array(key)
        elif key == b"general.alignment":
            self._alignment = self._number(4)
            if kind != UINT32 or self._alignment.bit_count() != 1:
                raise _BrokenHeader(
                    f"its alignment is {self._alignment}, not a power of two",
                    f"对齐值为 {self._alignment}，不是 2 的幂",
                )
        elif key.endswith(b".block_count") and kind == UINT32:
            if not 0 < (layers := self._number(4)) <= MOST_LAYERS:
                raise _BrokenHeader(f"it claims {layers:,} layers", f"它声称有 {layers:,} 层")
        elif key.endswith(b".pooling_type") and key.count(b".") == 1 and kind == UINT32:
            self.pooling = self._number(4)
        else:
            self._skip(self._size_of(key, kind))

    def _array(self, key: bytes) -> None:
        kind, length = self._number(4), self._number(8)
        self._note_tokens(key, kind, length)
        if kind != STRING:
            self._skip(length * self._size_of(key, kind))
            return
        self._strings += length
        if self._strings > MOST_STRINGS:
            raise _BrokenHeader(
                f"{key[:80]!r} has {length:,} strings", f"{key[:80]!r} 有 {length:,} 个字符串"
            )
        at = self._at
        # Hundreds of thousands of them: the loop that the start of the server waits for.
        for _ in range(length):
            if at + LENGTH.size > self._end:
                self._at = at
                self._need(LENGTH.size)
            at += LENGTH.size + LENGTH.unpack_from(self._content, at)[0]
        self._skip(at - self._at)

    def _note_tokens(self, key: bytes, kind: int, length: int) -> None:
        name = key.removeprefix(VOCABULARY) if key.startswith(VOCABULARY) else b""
        kinds = (STRING,) if name == b"tokens" else OF_TOKENS.get(name)
        if kinds is None:
            return
        if kind not in kinds or length > MOST_TOKENS:
            raise _BrokenHeader(
                f"its vocabulary has {length:,} {name.decode()} of type {kind}",
                f"词表中的 {name.decode()} 有 {length:,} 项，类型为 {kind}",
            )
        self._of_tokens[name] = length

    def _check_vocabulary(self) -> None:
        tokens = self._of_tokens.get(b"tokens", 0)
        for name, length in self._of_tokens.items():
            if length != tokens:
                raise _BrokenHeader(
                    f"its vocabulary has {tokens:,} tokens and {length:,} {name.decode()}",
                    f"词表有 {tokens:,} 个 token，而 {name.decode()} 有 {length:,} 项",
                )

    def _tensor(self) -> int:
        """Where its data end, in bytes from the beginning of all data."""
        name = self._name(NAME_BYTES)
        if name in HEAD:
            self.head.add(name)
        dimensions = self._number(4)
        if dimensions > DIMENSIONS:
            raise _BrokenHeader(
                f"{name!r} has {dimensions:,} dimensions", f"{name!r} 有 {dimensions:,} 个维度"
            )
        weights = math.prod(self._number(8) for _ in range(dimensions))
        kind, offset = self._number(4), self._number(8)
        return offset + _tensor_bytes(weights, kind)

    def _size_of(self, key: bytes, kind: int) -> int:
        if kind not in SIZES:
            raise _BrokenHeader(
                f"{key[:80]!r} has the unknown type {kind}", f"{key[:80]!r} 的类型 {kind} 未知"
            )
        return SIZES[kind]

    def _name(self, most: int) -> bytes:
        length = self._number(LENGTH.size)
        if length > most:
            raise _BrokenHeader(
                f"at byte {self._at:,} a name has {length:,} bytes",
                f"第 {self._at:,} 字节处的名称长达 {length:,} 字节",
            )
        return self._take(length)

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def _take(self, size: int) -> bytes:
        begin = self._at
        self._skip(size)
        return self._content[begin : self._at]

    def _skip(self, size: int) -> None:
        self._need(size)
        self._at += size

    def _need(self, size: int) -> None:
        if self._at + size > self._end:
            raise _BrokenHeader(
                f"at byte {self._at:,} it goes on for {size:,} bytes, which it does not have",
                f"在第 {self._at:,} 字节处声称还有 {size:,} 字节，实际没有",
            )


def _tensor_bytes(weights: int, kind: int) -> int:
    """0 for a type that this `gguf` does not know: llama.cpp may."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError):
        return 0
    return -(-weights // block) * size
