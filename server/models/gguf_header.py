"""The first bytes of a GGUF file, read without loading it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from pathlib import Path

from kit.problem import Problem

MAGIC = b"GGUF"
STRING = 8


def architecture(file: Path) -> str | None:
    """`general.architecture`, which writers put first; None if it isn't there.

    Raises `Problem` unless the file begins as every GGUF file does.
    """
    with file.open("rb") as stream:
        head = stream.read(512)
    if not head.startswith(MAGIC):
        raise Problem(
            f"{file} is not a GGUF model: it begins with {head[:4]!r}, not {MAGIC!r}. "
            "Give a .gguf file that was downloaded whole.",
            f"{file} 不是 GGUF 模型：开头是 {head[:4]!r}，而不是 {MAGIC!r}。请换成完整下载的 .gguf 文件。",
        )
    try:
        _version, _tensors, _settings, length = struct.unpack_from("<IQQQ", head, 4)
        key = head[32 : 32 + length]
        kind, size = struct.unpack_from("<IQ", head, 32 + length)
    except struct.error:
        return None
    start = 32 + length + 12
    return head[start : start + size].decode() if (key, kind) == (b"general.architecture", STRING) else None
