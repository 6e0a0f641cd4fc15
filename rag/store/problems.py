"""What a disk or a database does to an index, in plain words."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chromadb.errors import ChromaError

from kit.problem import Problem
from rag.settings import Settings

# Chroma says of a full disk no more than that its log cannot be applied.
LEAST_FREE_BYTES = 5_000_000
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
DAMAGED = ("malformed", "not a database", "corrupt")
FULL = ("disk is full", "no space left", "os error 28")
READ_ONLY = ("readonly", "read-only", "permission denied", "unable to open database file")


@contextmanager
def storage_problems(settings: Settings) -> Iterator[None]:
    """Turn the errors of SQLite, Chroma and the file system into `Problem`s. None advises to delete anything."""
    try:
        yield
    except (sqlite3.Error, ChromaError) as error:
        raise storage_problem(settings, error) from error
    except OSError as error:
        if not (error.errno in NO_ROOM or _is_below(error.filename, settings.chroma_path)):
            raise
        raise storage_problem(settings, error) from error


def storage_problem(settings: Settings, error: Exception) -> Problem:
    folder, said = settings.chroma_path, str(error).lower()
    code = error.errno if isinstance(error, OSError) else None
    if code in NO_ROOM or any(words in said for words in FULL) or _has_no_room(folder):
        return Problem(
            f"the disk of the index in {folder} is full. Free some space and run the command again: what was"
            " stored before is whole.",
            f"索引 {folder} 所在的磁盘已满。请腾出空间后重新运行该命令，此前已存入的内容完好。",
        )
    if isinstance(error, OSError) or any(words in said for words in READ_ONLY):
        return Problem(
            f"the index in {folder} cannot be written ({error}). Give yourself the right to write there, or name"
            " another folder as CHROMA_PATH in .env.",
            f"索引 {folder} 无法写入（{error}）。请取得该文件夹的写权限，或在 .env 中为 CHROMA_PATH 换一个文件夹。",
        )
    if isinstance(error, sqlite3.DatabaseError) and any(words in said for words in DAMAGED):
        return Problem(
            f"the index in {folder} is damaged ({error}). Rename that folder, ingest the documents again, and"
            " throw the old one away once the new one answers.",
            f"{folder} 中的索引已损坏（{error}）。请先给该文件夹改名，重新导入文档，确认新索引可用后再清理旧的。",
        )
    return Problem(
        f"the index in {folder} cannot be used now ({error}). Run the command again; if that does not help,"
        " rename that folder and ingest the documents again.",
        f"{folder} 中的索引暂时无法使用（{error}）。请重新运行该命令；若仍不行，请给该文件夹改名并重新导入文档。",
    )


def _has_no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE_BYTES
    except OSError:
        return False


def _is_below(file: object, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).absolute().is_relative_to(folder.absolute())
