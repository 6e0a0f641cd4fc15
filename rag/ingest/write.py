"""Files into the index: read, cut, embedded and stored, each document visible once it is whole."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate

from kit.problem import Problem
from rag.embedder import Vectors
from rag.files.contents import Contents, Read, read
from rag.files.found import File
from rag.files.source import shown
from rag.index import Index
from rag.report import Progress, Report
from rag.store.records import Version
from rag.text.chunker import Chunk

# Chroma takes half as long to store a text among 128 as among 32.
TEXTS_PER_REQUEST = 128
# One batch is being embedded while the next is on its way and the last is written.
BATCHES_AHEAD = 2


@dataclass(frozen=True)
class Piece:
    """A chunk on its way to the index, and its texts to embed: itself, then its windows."""

    version: Version
    file: File
    chunk: Chunk
    siblings: Sequence[Chunk]
    texts: list[str]


def write(index: Index, files: Iterable[File], report: Report, progress: Progress, read: Read = read) -> None:
    """Put these files in the place of what the index knows of them; those that cannot be read stay as they were."""
    embedder = index.embedder
    with ThreadPoolExecutor(BATCHES_AHEAD) as pool:
        underway: deque[tuple[list[Piece], Future[Vectors]]] = deque()
        for batch in _batches(_pieces(index, files, report, progress, read)):
            texts = [text for piece in batch for text in piece.texts]
            underway.append((batch, pool.submit(embedder.embed_passages, texts)))
            if len(underway) > BATCHES_AHEAD:
                _store(index, *underway.popleft(), report, progress)
        while underway:
            _store(index, *underway.popleft(), report, progress)


def _pieces(
    index: Index, files: Iterable[File], report: Report, progress: Progress, read: Read
) -> Iterator[Piece]:
    for file in files:
        progress.at(shown(file.source))
        try:
            contents = read(file)
        except Problem as problem:
            report.skip(file.source, problem)
            progress.step(1, file.size, 0)
            continue
        report.warnings += contents.warnings
        version = _version(file, contents)
        state = index.documents.state(version.name)
        if state == "live":
            report.keep(file)
            progress.step(1, file.size, 0)
            continue
        # A run that was killed may have stored a part of this version.
        stored = index.vectors.positions(version.name) if state else set()
        index.documents.begin(version)
        for each, texts in zip(contents.chunks, contents.texts, strict=True):
            yield Piece(version, file, each, contents.chunks, [] if each.position in stored else texts)


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
            index.documents.publish(piece.version, piece.siblings)
            report.take(piece.file, len(piece.siblings))
        report.chunks += 1
        report.texts += len(piece.texts)
        progress.step(int(is_last), piece.file.size / len(piece.siblings), 1)


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


def _version(file: File, contents: Contents) -> Version:
    read_as = f"\0{file.encoding}" if file.encoding else ""
    name = hashlib.sha256(f"{file.source}\0{file.hash}{read_as}".encode()).hexdigest()[:16]
    return Version(name, file.source, file.hash, contents.title, contents.metadata, len(contents.chunks))
