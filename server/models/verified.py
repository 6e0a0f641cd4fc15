"""Whether a file in the cache is still what came: its sha256, computed once for each size and time that it has."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from kit.problem import Problem
from server.models.cache import record_of


@dataclass(frozen=True)
class Record:
    """Kept beside the file: the hash, and the size and time that the file had with it."""

    sha256: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, file: Path, sha256: str) -> "Record":
        found = file.stat()
        return cls(sha256, found.st_size, found.st_mtime_ns)


def remember(file: Path, record: Record) -> None:
    """Where the folder can't be written, the file is hashed again next time."""
    target = record_of(file)
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(asdict(record)), encoding="utf-8")
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)


def known(file: Path) -> Record | None:
    try:
        return Record(**json.loads(record_of(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_sound(file: Path, sha256: str) -> bool:
    """Read the file whole, with a bar on stderr, and remember that it has this hash."""
    record = Record.of(file, sha256)
    if _hash(file) != sha256:
        return False
    remember(file, record)
    return True


def verify(file: Path, sha256: str | None, cure: tuple[str, str]) -> None:
    """Raises `Problem` if the file has not the hash `sha256`, or the one that was recorded when it came."""
    record = known(file)
    expected = sha256 or (record and record.sha256)
    if expected and record != Record.of(file, expected) and not is_sound(file, expected):
        raise Problem(
            f"{file} is damaged: it has not the sha256 {expected[:12]}… any more. {cure[0]}",
            f"{file} 已损坏：sha256 不再是 {expected[:12]}…。{cure[1]}",
        )


def _hash(file: Path) -> str:
    # A start from the cache needs no bar, and shouldn't wait for its import.
    from rich import progress
    from rich.console import Console

    words, console = f"Checking {file.name} 正在校验", Console(stderr=True)
    try:
        with progress.open(file, "rb", description=words, console=console, transient=True) as stream:
            # It reads into a buffer as a file does, which its type doesn't say.
            return hashlib.file_digest(cast("hashlib._BytesIOLike", stream), "sha256").hexdigest()
    except OSError as error:
        raise Problem(
            f"{file} can't be read: {error.strerror}. Give yourself the right, or set MODELS_DIR to a folder of yours.",
            f"无法读取 {file}：{error.strerror}。请取得读取权限，或把 MODELS_DIR 设为自己的文件夹。",
        ) from None
