"""A run of the ingest: what changed goes in, what is gone goes out, and whoever shares the vectors is told."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kit.problem import Problem
from rag.files.contents import Read, read
from rag.files.found import found_files
from rag.files.source import is_below, is_url, kind_of, path_of, source_of
from rag.index import Index
from rag.ingest.workers import write_at_once
from rag.ingest.write import write
from rag.loaders.encodings.decode import encoding_of
from rag.report import Progress, Report
from rag.store.sync import announce


def ingest(
    index: Index,
    paths: Iterable[Path | str],
    progress: Progress,
    prune: bool = False,
    encoding: str | None = None,
    workers: int = 1,
    read: Read = read,
) -> Report:
    """Bring the index up to date with these files, folders and web addresses.

    With `prune`, documents of these folders whose file is gone leave the index. Files that cannot be read are
    reported, and what the index knew of them stays. With `encoding`, texts are read in it, unchanged ones too.
    Several `workers`, each a process, need a Chroma server. `read` says what is in a file.
    """
    _check_encoding(encoding)
    if workers > 1 and not index.is_shared:
        raise Problem(
            f"--workers={workers} needs a Chroma server: a folder takes one process. Run `chroma run --path FOLDER` and"
            " set CHROMA_URL=http://localhost:8000 in .env.",
            f"--workers={workers} 需要 Chroma 服务器：文件夹只能由一个进程使用。请运行 `chroma run --path 文件夹`，"
            "并在 .env 中设置 CHROMA_URL=http://localhost:8000。",
        )
    with index.writing():
        return _ingest(index, list(paths), progress, prune, encoding, workers, read)


def remove(index: Index, places: Iterable[Path | str]) -> int:
    """Take files, folders and addresses out of the index, whether they still exist or not; how many documents went."""
    with index.writing():
        gone: set[str] = set()
        for place in places:
            below = _below([place], index.documents.live_sources())
            if not below:
                raise Problem(
                    f"the index holds nothing of {place}. See what it holds: `python -m rag status`.",
                    f"索引中没有 {place} 的内容。可用 `python -m rag status` 查看有哪些文档。",
                )
            gone.update(below)
        index.documents.retire(list(gone))
        sweep(index)
        announce(index.vectors, index.documents, index.is_shared)
    return len(gone)


def _ingest(
    index: Index,
    places: Sequence[Path | str],
    progress: Progress,
    prune: bool,
    encoding: str | None,
    workers: int,
    read: Read,
) -> Report:
    report = Report()
    known = index.documents.live_sources()
    below = _below(places, known) if prune else []
    # A folder that was deleted can be named too.
    there = [place for place in places if not (prune and _is_deleted(place) and _below([place], known))]
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = dict(found_files(there, Path(folder), encoding, report.others))
        changed = []
        for source, file in found.items():
            if isinstance(file, Problem):
                report.skip(source, file)
            elif known.get(source) == file.hash and not encoding:
                report.keep(file)
            else:
                changed.append(file)
        progress.begin(len(changed), sum(file.size for file in changed))
        if changed and workers > 1:
            write_at_once(index, changed, report, progress, workers)
        elif changed:
            write(index, changed, report, progress, read)
    gone = [source for source in below if source not in found and _is_gone(source)]
    index.documents.retire(gone)
    report.removed = len(gone)
    sweep(index)
    if report.added or report.removed:
        announce(index.vectors, index.documents, index.is_shared)
    return report


def sweep(index: Index) -> None:
    """Take the vectors of dead versions out of Chroma."""
    dead = index.documents.dead_versions()
    index.vectors.delete(dead)
    index.documents.forget(dead)


def _below(places: Iterable[Path | str], sources: Iterable[str]) -> list[str]:
    folders = [source_of(place) for place in places]
    return [source for source in sources if any(is_below(source, folder) for folder in folders)]


def _is_deleted(place: Path | str) -> bool:
    return not is_url(place) and kind_of(path_of(place)) == "missing"


def _is_gone(source: str) -> bool:
    """Also where a folder has its name now."""
    return not is_url(source) and kind_of(Path(source)) in ("missing", "folder")


def _check_encoding(encoding: str | None) -> None:
    if encoding and not encoding_of(encoding):
        raise Problem(
            f"--encoding={encoding} is no text encoding. Name one such as utf-8, gb18030, big5, cp1252 or shift_jis.",
            f"--encoding={encoding} 不是文本编码，请用 utf-8、gb18030、big5、cp1252、shift_jis 之类的名称。",
        )
