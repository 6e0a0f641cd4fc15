"""`POST /v1/create/rag`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, UploadFile

from kit.http.refusal import body as error_body
from kit.problem import Problem
from server.api.documents.files import LibraryDep
from server.api.documents.library import IndexedChunk, Library
from server.api.documents.store import StoredFile
from server.api.served import EMBEDDING_ID
from server.api.streaming import event_stream

PATH = "/v1/create/rag"
EVERY_SECONDS = 0.5

router = APIRouter(tags=["documents"])


@router.post(PATH)
async def create(file: UploadFile, library: LibraryDep, stream: Annotated[bool, Form()] = False) -> Any:
    """Keep a file and take it into the index: the vectors of its chunks, or with `stream` how far it is.

    A file that cannot be read is not kept.
    """
    stored = await asyncio.to_thread(library.files.put, file.file, file.filename or "file", "assistants")
    reading = Reading(library, stored)
    if stream:
        return event_stream(_events(reading))
    return _embeddings(stored, await reading.task)


class Reading:
    """A file on its way into the index, whoever waits for it."""

    def __init__(self, library: Library, file: StoredFile) -> None:
        self.file = file
        self._library = library
        self._progress: dict[str, Any] = {"total": file.bytes, "completed": 0, "chunks": 0}
        self.task = asyncio.create_task(self._read())
        # Who hangs up does not hear of a failure.
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def progress(self, status: str) -> dict[str, Any]:
        return {"status": status, "id": self.file.id, "filename": self.file.filename, **self._progress}

    async def _read(self) -> list[IndexedChunk]:
        try:
            return await self._library.add(self.file, self._report)
        except BaseException:
            await self._library.delete(self.file)
            raise

    def _report(self, total: int, done: float, chunks: int) -> None:
        self._progress = {"total": total, "completed": int(done), "chunks": chunks}


async def _events(reading: Reading) -> AsyncIterator[dict[str, Any]]:
    while not reading.task.done():
        yield reading.progress("reading")
        await asyncio.wait([reading.task], timeout=EVERY_SECONDS)
    try:
        chunks = await reading.task
    except Problem as problem:
        yield reading.progress("failed") | error_body(400, f"{problem.en}\n{problem.zh}")
        return
    yield reading.progress("success") | {"completed": reading.file.bytes, "chunks": len(chunks)}


def _embeddings(file: StoredFile, chunks: list[IndexedChunk]) -> dict[str, Any]:
    tokens = sum(chunk.tokens for chunk in chunks)
    data = [
        {"object": "embedding", "index": index, "embedding": chunk.embedding}
        for index, chunk in enumerate(chunks)
    ]
    usage = {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": EMBEDDING_ID, "usage": usage, "file": file.id}
