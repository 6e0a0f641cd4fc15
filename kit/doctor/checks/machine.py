"""Memory, disk and processor, measured by what the models in `.env` need."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from kit.doctor.finding import Finding, error, note, ok, warning
from kit.doctor.setup import Setup, is_here, place
from kit.env import setting
from kit.problem import Problem

SPARE_DISK = 1_000_000_000


def memory(setup: Setup) -> Iterator[Finding]:
    from server.models import reference

    found = psutil.virtual_memory()
    free, total = found.available / 1e9, found.total / 1e9
    needed = 0.0
    for pair in DEFAULTS:
        with suppress(Problem):  # which models.models tells
            needed += entry.ram_bytes / 1e9 if (entry := reference.known(setting(*pair))) else 0
    cores = psutil.cpu_count(logical=False) or os.cpu_count()
    # A server that runs already has its models in memory, and needs no second place.
    if free < needed and is_here(place("CHAT").base_url) and not _runs():
        smaller = "CHAT_MODEL=qwen2.5-coder-0.5b"
        yield error(
            "machine.memory",
            f"{free:.1f} GB of memory free, {needed:.1f} GB needed. Close other programs, or write"
            f" {smaller} in .env.",
            f"可用内存 {free:.1f} GB，需要 {needed:.1f} GB。请关闭其他程序，或在 .env 中写 {smaller}。",
        )
    else:
        yield ok(
            "machine.memory",
            f"{cores} cores, {free:.1f} of {total:.1f} GB of memory free",
            f"{cores} 个核心，可用内存 {free:.1f}/{total:.1f} GB",
        )


def disk(setup: Setup) -> Iterator[Finding]:
    from server.models import cache

    for name, path in (
        ("MODELS_DIR", cache.default_folder()),
        ("CHROMA_PATH", Path(setting("CHROMA_PATH", ".chroma"))),
    ):
        there = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield error(
                "machine.read_only",
                f"{name}={path} cannot be written. Name another folder as {name} in .env, or give"
                " yourself the right.",
                f"{name}={path} 无法写入。请在 .env 中为 {name} 换一个文件夹，或取得写权限。",
            )
        elif free < SPARE_DISK:
            yield warning(
                "machine.disk",
                f"{free / 1e9:.1f} GB of disk free for {name}={path}. Free some, or name a folder on another disk in"
                " .env.",
                f"{name}={path} 所在磁盘仅剩 {free / 1e9:.1f} GB。请腾出空间，或在 .env 中换到其他磁盘。",
            )
        else:
            size = f"{free / 1e9:.0f} GB"
            yield ok("machine.disk", f"{size} of disk free for {path}", f"{path} 所在磁盘剩余 {size}")


def folder(setup: Setup) -> Iterator[Finding]:
    """Folders that a cloud service moves files out of while they are used."""
    if synced := next((part for part in setup.folder.parts if part.startswith(SYNCED)), None):
        yield note(
            "machine.synced",
            f"{setup.folder} lies in {synced}, which may lock the index's files while it copies them. If the index"
            " fails, move the clone out of it.",
            f"{setup.folder} 位于 {synced} 中，同步时可能锁住索引文件。如索引出错，请把仓库移到别处。",
        )


SYNCED = ("OneDrive", "Dropbox", "iCloud", "Mobile Documents", "坚果云", "百度网盘")
DEFAULTS = (
    ("CHAT_MODEL", "qwen2.5-coder-1.5b"),
    ("EMBEDDING_MODEL", "multilingual-e5-small"),
    ("RERANK_MODEL", ""),
)


def _runs() -> bool:
    from kit.doctor.checks.ports import listener

    return listener(place("CHAT").base_url) is not None
