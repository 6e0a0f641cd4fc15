"""The documents' index: not locked, and made with the embedding model that answers now."""

from collections.abc import Iterator
from pathlib import Path

from kit.doctor.finding import Finding, note, of_problem, ok
from kit.doctor.setup import Setup
from kit.env import setting
from kit.problem import Problem


def lock(setup: Setup) -> Iterator[Finding]:
    """Only an index that is there already: opening one would make it."""
    if setting("INDEX_URL") or setup.unreadable:  # another machine's; Chroma reads .env by itself, and fails
        return
    if not _is_there():
        folder = _folder()
        yield note(
            "index.none",
            f"no index in {folder} yet. `python -m rag ingest docs/handbook` makes one.",
            f"{folder} 中还没有索引。`python -m rag ingest docs/handbook` 可创建。",
        )
        return
    from rag import Index

    try:
        with Index.open() as index:
            documents, chunks = index.documents.counts()
    except Problem as problem:
        yield of_problem("index.unusable", problem)
        return
    told = f"{_folder()}: {documents} documents, {chunks} chunks"
    yield ok("index", f"index {told}", f"索引 {_folder()}：{documents} 篇文档，{chunks} 段")


def fingerprint(setup: Setup) -> Iterator[Finding]:
    """Whether the index was made with the embedding model that answers now. Embeds one text."""
    if setting("INDEX_URL") or setup.unreadable or not _is_there():
        return
    from rag import Index

    try:
        with Index.open() as index:
            if index.documents.counts()[1]:
                assert index.embedder  # refuses another model
                yield ok(
                    "index.fingerprint", "the index is of today's embedding model", "索引与当前嵌入模型一致"
                )
    except Problem as problem:
        yield of_problem("index.fingerprint", problem)


def _is_there() -> bool:
    return bool(setting("CHROMA_URL")) or (_folder() / "documents.sqlite3").exists()


def _folder() -> Path:
    return Path(setting("CHROMA_PATH", ".chroma"))
