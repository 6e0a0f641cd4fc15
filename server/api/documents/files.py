"""`/v1/files`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import FileResponse

from server.api.documents.library import Library

router = APIRouter(prefix="/v1/files", tags=["documents"])

LARGEST_PAGE = 1000


def library(request: Request) -> Library:
    found: Library = request.app.state.library
    return found


LibraryDep = Annotated[Library, Depends(library)]


@router.post("")
def upload(
    file: UploadFile, library: LibraryDep, purpose: Annotated[str, Form()] = "assistants"
) -> dict[str, Any]:
    """Keep a file; `POST /v1/create/rag` keeps it too, and takes it into the index."""
    return library.files.put(file.file, file.filename or "file", purpose).card()


@router.get("")
def list_files(library: LibraryDep, purpose: str | None = None) -> dict[str, Any]:
    files = [file.card() for file in library.files.all() if purpose in (None, file.purpose)]
    ends = {"first_id": files[0]["id"], "last_id": files[-1]["id"]} if files else {}
    return {"object": "list", "data": files, "has_more": False} | ends


@router.get("/download/{file_id}")
def download(file_id: str, library: LibraryDep) -> FileResponse:
    return content(file_id, library)


@router.get("/{file_id}")
def get(file_id: str, library: LibraryDep) -> dict[str, Any]:
    return library.files.get(file_id).card()


@router.get("/{file_id}/content")
def content(file_id: str, library: LibraryDep) -> FileResponse:
    """Always as a download: a page that somebody uploaded is not to run as one of this server's."""
    file = library.files.get(file_id)
    return FileResponse(
        library.files.path(file),
        media_type="application/octet-stream",
        filename=file.filename,
        headers={"X-Content-Type-Options": "nosniff"},
    )


@router.delete("/{file_id}")
async def delete(file_id: str, library: LibraryDep) -> dict[str, Any]:
    """Delete a file, out of the index too."""
    file = library.files.get(file_id)
    await library.delete(file)
    return {"id": file_id, "object": "file", "deleted": True}
