"""`POST /v1/chunks`."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.api.documents.files import LibraryDep
from server.api.documents.library import Library
from server.api.documents.store import StoredFile
from server.api.errors import ApiError
from server.api.json_text import Utf8JsonResponse
from server.api.streaming import unless_disconnected

router = APIRouter(prefix="/v1", tags=["documents"])


class ChunksRequest(BaseModel):
    id: str
    filename: str | None = None
    chunk_capacity: Annotated[int, Field(ge=16, le=8192)] = 100


@router.post("/chunks")
async def create(body: ChunksRequest, request: Request, library: LibraryDep) -> Any:
    """A stored file in pieces of at most so many tokens, cut where its structure lets it."""
    file = library.files.get(body.id)
    if body.filename not in (None, file.filename):
        raise ApiError(400, f"The file {body.id} is called {file.filename!r}.", param="filename")
    return await unless_disconnected(request, _cut(file, library, body.chunk_capacity))


async def _cut(file: StoredFile, library: Library, capacity: int) -> Utf8JsonResponse:
    chunks = await library.chunks(file, capacity)
    return Utf8JsonResponse({"id": file.id, "filename": file.filename, "chunks": chunks})
