"""`POST /v1/chunks`."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from server.api.documents.files import LibraryDep
from server.api.errors import ApiError

router = APIRouter(prefix="/v1", tags=["documents"])


class ChunksRequest(BaseModel):
    id: str
    filename: str | None = None
    chunk_capacity: Annotated[int, Field(ge=16, le=8192)] = 100


@router.post("/chunks")
def create(body: ChunksRequest, library: LibraryDep) -> dict[str, Any]:
    """A stored file in pieces of at most so many tokens, cut where its structure lets it."""
    from rag.loaders import load
    from rag.text.chunker import chunk

    file = library.files.get(body.id)
    if body.filename not in (None, file.filename):
        raise ApiError(400, f"The file {body.id} is called {file.filename!r}.", param="filename")
    document = load(library.files.path(file), name=file.filename)
    chunks = [each.text for each in chunk(document, body.chunk_capacity)]
    return {"id": file.id, "filename": file.filename, "chunks": chunks}
