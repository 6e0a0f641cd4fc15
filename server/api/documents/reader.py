"""The reader of uploaded files, which they take turns at."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from server.api.documents.store import FileStore, StoredFile

# They bring all that reads a file: only who uses documents waits for them.
if TYPE_CHECKING:
    from rag.files.contents import Contents, Read
    from rag.files.found import File
    from rag.files.reader import Reader

T = TypeVar("T")

LOOK_SECONDS = 0.05


class SharedReader:
    """Reads one file at a time; what nobody waits for any more is broken off."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._turn = asyncio.Lock()
        self._reader: Reader | None = None

    async def chunks(self, file: StoredFile, budget: int) -> list[str]:
        """A file's text in pieces of at most so many tokens. Raises `Problem` if it cannot be read."""
        path = self._files.path(file)
        return await self._in_turn(lambda reader: reader.chunks(path, file.filename, budget))

    def from_threads(self) -> "Read":
        """What an ingest reads with, which waits in a thread. To be asked for on the event loop."""
        loop = asyncio.get_running_loop()

        def read(file: "File") -> "Contents":
            reading = self._in_turn(lambda reader: reader.read(file))
            return asyncio.run_coroutine_threadsafe(reading, loop).result()

        return read

    async def _in_turn(self, read: Callable[["Reader"], T]) -> T:
        async with self._turn:
            work = asyncio.ensure_future(asyncio.to_thread(lambda: read(self._made())))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                while not work.done():  # its process may only be about to start
                    if self._reader:
                        self._reader.end()
                    await asyncio.wait([work], timeout=LOOK_SECONDS)
                raise

    def _made(self) -> "Reader":
        from rag.files.reader import Reader

        self._reader = self._reader or Reader()
        return self._reader
