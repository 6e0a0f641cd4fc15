"""The model files that `.env` names: there, whole, and of the right kind. Nothing is downloaded."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from kit.doctor.finding import Finding, error, note, of_problem, ok
from kit.doctor.setup import Setup, is_here, place
from kit.env import setting
from kit.problem import Problem

SETTINGS: tuple[tuple[str, str, Literal["chat", "embedding", "rerank"]], ...] = (
    ("CHAT_MODEL", "qwen2.5-coder-1.5b", "chat"),
    ("EMBEDDING_MODEL", "multilingual-e5-small", "embedding"),
    ("RERANK_MODEL", "", "rerank"),
)


def models(setup: Setup) -> Iterator[Finding]:
    """For each: what `python -m server` would say of it, before it downloads or loads anything."""
    from server.models import cache, reference, resolve

    for name, default, role in SETTINGS:
        written = setting(name, default)
        if not written:
            continue
        try:
            model = reference.parse(written)
            file = model if isinstance(model, Path) else cache.file_of(model, cache.default_folder())
            if isinstance(model, Path) or file.exists():
                found = resolve(written, role).path
                size = f"{found.stat().st_size / 1e9:.2f} GB"
                yield ok(
                    "models.file", f"{name}={written}: {size}, whole", f"{name}={written}：{size}，文件完好"
                )
                continue
        except Problem as problem:
            yield of_problem("models.file", problem)
            continue
        here = is_here(place("EMBEDDING" if role == "embedding" else "CHAT").base_url)
        if here and not isinstance(model, Path):
            fetching = reference.command("get", model)
            yield _to_come(f"{name}={written}", fetching, file, getattr(model, "size", 0))
    yield from _half_loaded(cache.default_folder())


def _to_come(told: str, fetching: str, file: Path, size: int) -> Finding:
    there = next(folder for folder in file.absolute().parents if folder.exists())
    free = shutil.disk_usage(there).free
    if size and free < size:
        return error(
            "models.room",
            f"{told} takes {size / 1e9:.2f} GB, and {there} has {free / 1e9:.2f} GB free. Free some, or"
            " write MODELS_DIR=/another/folder in .env.",
            f"{told} 需要 {size / 1e9:.2f} GB，而 {there} 仅剩 {free / 1e9:.2f} GB。请腾出空间，"
            "或在 .env 中写 MODELS_DIR=/其他/文件夹。",
        )
    return note(
        "models.to_come",
        f"{told} is not in the cache yet. `python -m server` downloads it, or at once: {fetching}.",
        f"{told} 尚未下载。`python -m server` 启动时会自动下载，也可现在运行：{fetching}。",
    )


def _half_loaded(folder: Path) -> Iterator[Finding]:
    """Downloads that were broken off, and whose model has come since or is not wanted any more."""
    partial = [path for path in folder.rglob("*.part") if path.is_file()] if folder.is_dir() else []
    if size := sum(path.stat().st_size for path in partial):
        names = ", ".join(sorted({path.name.rsplit(".", 2)[0] for path in partial}))
        yield note(
            "models.partial",
            f"downloads that were broken off: {names} ({size / 1e9:.2f} GB). The next start goes on"
            " with them; if they"
            f" aren't wanted, delete {folder}/*.part.",
            f"未完成的下载：{names}（{size / 1e9:.2f} GB）。下次启动会继续；如不需要，请删除 {folder}/*.part。",
        )
