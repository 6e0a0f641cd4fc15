"""Documents into the index: only what changed, and safe to kill at any moment."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from kit.problem import Problem
from rag.chunker import Chunk, chunk
from rag.document import Document
from rag.embedder import Vectors
from rag.index import Index
from rag.ledger import Version
from rag.loaders import find_files, load, source_name, unreadable
from rag.sync import announce

# Chroma takes half as long to store a text among 128 as among 32.
TEXTS_PER_REQUEST = 128
# One batch is being embedded while the next is on its way and the last is written.
BATCHES_AHEAD = 2


@dataclass
class Report:
    added: int = 0
    unchanged: int = 0
    removed: int = 0
    chunks: int = 0
    texts: int = 0
    problems: list[Problem] = field(default_factory=list)


class Progress(Protocol):
    def begin(self, files: int, size: int) -> None: ...
    def step(self, files: int, size: float, chunks: int) -> None: ...


@dataclass(frozen=True)
class Piece:
    """A chunk on its way to the index, its texts to embed (itself, then its windows), and its share of the file."""

    version: Version
    chunk: Chunk
    siblings: Sequence[Chunk]
    texts: list[str]
    bytes: float


def ingest(index: Index, paths: Iterable[Path], progress: Progress, prune: bool = False) -> Report:
    """Bring the index up to date with these files and folders.

    With `prune`, documents of these folders whose file is gone leave the index. Files that cannot be read are
    reported, and what the index knew of them stays.
    """
    index.own()
    paths = list(paths)
    report = Report()
    known = index.ledger.live_sources()
    changed: list[tuple[Path, str, int]] = []
    found = set()
    for file in find_files(paths):
        source = source_name(file)
        if source in found:
            continue
        found.add(source)
        try:
            content_hash, size = _hash(file), file.stat().st_size
        except OSError as error:
            report.problems.append(unreadable(file, error))
            continue
        if known.get(source) == content_hash:
            report.unchanged += 1
        else:
            changed.append((file, content_hash, size))
    progress.begin(len(changed), sum(size for *_, size in changed))
    if changed:
        _write(index, _pieces(index, changed, report, progress), report, progress)
    if prune:
        gone = [source for source in known if source not in found and _is_under(source, paths)]
        index.ledger.retire(gone)
        report.removed = len(gone)
    sweep(index)
    if report.added or report.removed:
        announce(index.vectors, index.ledger)
    return report


def sweep(index: Index) -> None:
    """Take the vectors of dead versions out of Chroma."""
    dead = index.ledger.dead_versions()
    index.vectors.delete(dead)
    index.ledger.forget(dead)


def _pieces(
    index: Index, files: Iterable[tuple[Path, str, int]], report: Report, progress: Progress
) -> Iterator[Piece]:
    unfinished = set(index.ledger.dead_versions())
    for file, content_hash, size in files:
        try:
            document = load(file)
        except Problem as problem:
            report.problems.append(problem)
            progress.step(1, size, 0)
            continue
        chunks = chunk(document)
        version = _version(document, content_hash, len(chunks))
        # A run that was killed may have stored a part of this version.
        stored = index.vectors.positions(version.name) if version.name in unfinished else set()
        index.ledger.begin(version)
        for each in chunks:
            texts = [] if each.position in stored else each.texts()
            yield Piece(version, each, chunks, texts, size / len(chunks))


def _write(index: Index, pieces: Iterator[Piece], report: Report, progress: Progress) -> None:
    embedder = index.embedder
    with ThreadPoolExecutor(BATCHES_AHEAD) as pool:
        underway: deque[tuple[list[Piece], Future[Vectors]]] = deque()
        for batch in _batches(pieces):
            texts = [text for piece in batch for text in piece.texts]
            underway.append((batch, pool.submit(embedder.embed_passages, texts)))
            if len(underway) > BATCHES_AHEAD:
                _store(index, *underway.popleft(), report, progress)
        while underway:
            _store(index, *underway.popleft(), report, progress)


def _batches(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    texts = 0
    for piece in pieces:
        batch.append(piece)
        texts += len(piece.texts)
        if texts >= TEXTS_PER_REQUEST:
            yield batch
            batch, texts = [], 0
    if batch:
        yield batch


def _store(
    index: Index, batch: Sequence[Piece], embedded: Future[Vectors], report: Report, progress: Progress
) -> None:
    fresh = [piece for piece in batch if piece.texts]
    if fresh:
        _put(index, fresh, embedded.result())
    for piece in batch:
        is_last = piece.chunk.position == piece.version.chunks - 1
        if is_last:
            index.ledger.publish(piece.version, piece.siblings)
            report.added += 1
        report.chunks += 1
        report.texts += len(piece.texts)
        progress.step(int(is_last), piece.bytes, 1)


def _put(index: Index, batch: Sequence[Piece], vectors: Vectors) -> None:
    """Windows first: where a chunk is stored, so are its windows."""
    firsts = list(accumulate((len(piece.texts) for piece in batch), initial=0))[:-1]
    windows = {
        (piece.version.name, piece.chunk.position, number): first + number
        for piece, first in zip(batch, firsts, strict=True)
        # A chunk of one window is that window.
        for number in (range(1, len(piece.texts)) if len(piece.texts) > 1 else [0])
    }
    index.vectors.put_windows(list(windows), vectors[list(windows.values())])
    index.vectors.put_chunks(vectors[firsts], [(piece.version, piece.chunk) for piece in batch])


def _version(document: Document, content_hash: str, chunks: int) -> Version:
    name = hashlib.sha256(f"{document.source}\0{content_hash}".encode()).hexdigest()[:16]
    return Version(name, document.source, content_hash, document.title, document.metadata, chunks)


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _is_under(source: str, paths: Iterable[Path]) -> bool:
    return any(Path(source).resolve().is_relative_to(path.resolve()) for path in paths)
