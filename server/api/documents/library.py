"""The index over the uploaded files: one for each embedding model, in a folder that only this server opens."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.problem import Problem
from server.api.documents.embedder import ServedEmbedder
from server.api.documents.reader import SharedReader
from server.api.documents.store import FileStore, StoredFile
from server.api.errors import ApiError
from server.api.served import Served

# They bring the database, and a second of imports: only who uses documents waits for them.
if TYPE_CHECKING:
    from rag.files.contents import Read
    from rag.index import Index
    from rag.passage import Passage

INDEXED = "processed"
MOST_WAITING = 32
RETRY_SECONDS = 10

# Bytes in all, bytes read, chunks stored.
Report = Callable[[int, float, int], None]


@dataclass(frozen=True)
class IndexedChunk:
    """A chunk's length in tokens, and its vector."""

    tokens: int
    embedding: list[float]


class Library:
    """The files whose status is "processed" are in the index, whichever embedding model is served.

    What changes it takes turns, on threads; searches go beside.
    """

    def __init__(self, served: Served, folder: Path) -> None:
        self.files = FileStore(folder / "files")
        self._served = served
        self._folder = folder
        self._reader = SharedReader(self.files)
        self._open: tuple[ServedEmbedder, Index] | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def add(self, file: StoredFile, report: Report) -> list[IndexedChunk]:
        """Take a file into the index. Raises `Problem` if it cannot be read, ApiError if too many others wait."""
        with self._place():
            async with self._turn:
                embedder, index = await self._current()
                read = self._reader.from_threads()
                return await asyncio.to_thread(self._add, embedder, index, file, report, read)

    async def chunks(self, file: StoredFile, budget: int) -> list[str]:
        """A file's text in pieces of at most so many tokens. Raises as `add` does."""
        with self._place():
            return await self._reader.chunks(file, budget)

    async def search(self, question: str, limit: int) -> list["Passage"]:
        """The passages most likely to answer; none where no file is in the index."""
        if not self._indexed():
            return []
        if not self._open or not self._open[0].is_served:
            async with self._turn:
                await self._current()
        assert self._open
        return await asyncio.to_thread(self._open[1].search, question, limit)

    async def delete(self, file: StoredFile) -> None:
        """Take a file from the disk and out of the index; out of those that are not open when they are."""
        async with self._turn:
            await asyncio.to_thread(self._delete, file)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One among those who wait for a file to be read."""
        if self._waiting >= MOST_WAITING:
            message = f"{self._waiting} files are waiting to be read already. Try again later."
            raise ApiError(429, message, code="rate_limit_exceeded", retry_seconds=RETRY_SECONDS)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def _current(self) -> tuple[ServedEmbedder, "Index"]:
        """The index that was made with the embedding model of now, brought up to date with the files."""
        if not self._open or not self._open[0].is_served:
            embedder = ServedEmbedder(self._served, asyncio.get_running_loop())
            self._open = await asyncio.to_thread(self._opened, embedder, self._reader.from_threads())
        return self._open

    def _opened(self, embedder: ServedEmbedder, read: "Read") -> tuple[ServedEmbedder, "Index"]:
        from rag.index import Index
        from rag.ingest import ingest
        from rag.settings import Settings

        if self._open:
            self._open[1].close()
            self._open = None
        name = re.sub(r"[^\w.-]", "_", embedder.file.stem)
        index = Index(Settings(self._folder / "index" / name), embedder)
        files = [self.files.path(file) for file in self._indexed()]
        _forget(
            index, index.documents.live_sources().keys() - {self._source(file) for file in self._indexed()}
        )
        if files:
            ingest(index, files, _Progress(lambda *_: None), read=read)
        return embedder, index

    def _add(
        self, embedder: ServedEmbedder, index: "Index", file: StoredFile, report: Report, read: "Read"
    ) -> list[IndexedChunk]:
        from rag.ingest import ingest

        done = ingest(index, [self.files.path(file)], _Progress(report), read=read)
        if done.problems:
            raise _named(done.problems[0], file, self._source(file))
        self.files.record(replace(file, status=INDEXED))
        (version,) = index.documents.live_versions(self._source(file))
        chunks, vectors = index.vectors.chunks(version), index.vectors.embeddings(version)
        return [
            IndexedChunk(embedder.count_tokens(chunk.in_context), vector.tolist())
            for chunk, vector in zip(chunks, vectors, strict=True)
        ]

    def _delete(self, file: StoredFile) -> None:
        source = self._source(file)
        self.files.delete(file)
        if self._open:
            _forget(self._open[1], {source})

    def _indexed(self) -> list[StoredFile]:
        return [file for file in self.files.all() if file.status == INDEXED]

    def _source(self, file: StoredFile) -> str:
        from rag.files.source import source_of

        return source_of(self.files.path(file))


def _forget(index: "Index", sources: set[str]) -> None:
    from rag.ingest import remove

    if gone := sources & index.documents.live_sources().keys():
        remove(index, gone)


def _named(problem: Problem, file: StoredFile, source: str) -> Problem:
    """Who sent a file knows its name, and not where it lies here."""
    from rag.files.source import shown

    return Problem(*(text.replace(shown(source), file.filename) for text in (problem.en, problem.zh)))


class _Progress:
    """Passes on what rag tells."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._size = self._chunks = 0
        self._done = 0.0

    def begin(self, files: int, size: int) -> None:
        self._size = size

    def at(self, file: str) -> None:
        pass

    def step(self, files: int, size: float, chunks: int) -> None:
        self._done += size
        self._chunks += chunks
        self._report(self._size, self._done, self._chunks)
