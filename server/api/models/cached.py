"""`POST /v1/models/verify` and `DELETE /v1/models/files/{model}`."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from server.api.errors import ApiError
from server.api.models.downloads import Downloads
from server.api.models.named import Reference, parsed
from server.api.models.owner import OWNER
from server.api.switch import Switch
from server.models import CatalogueEntry, cache, verified
from server.models.sources.source import HubFile

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[OWNER])


class VerifyRequest(BaseModel):
    model: Reference


@router.post("/verify")
async def verify(body: VerifyRequest) -> dict[str, Any]:
    """Read a model's file whole, and compare it with the sha256 that is known of it."""
    model, file = _cached(body.model)
    record = verified.known(file)
    sha256 = model.sha256 if isinstance(model, CatalogueEntry) else record and record.sha256
    if not sha256:
        raise ApiError(409, f"No sha256 is known of {body.model}.", param="model")
    return {"model": body.model, "sound": await asyncio.to_thread(verified.is_sound, file, sha256)}


@router.delete("/files/{model:path}")
async def delete(model: Reference, request: Request) -> dict[str, Any]:
    """Delete a model from the cache, with what a broken download has left of it."""
    wanted, file = _cached(model, whole=False)
    switch: Switch | None = request.app.state.switch
    downloads: Downloads = request.app.state.downloads
    if switch and any(loaded.path == file for loaded in switch.files.values()):
        raise ApiError(409, f"{model} is loaded. Unload it first, or load another.", param="model")
    if downloads.find(str(wanted)):
        raise ApiError(409, f"{model} is being downloaded. Cancel that first.", param="model")
    return {"id": model, "object": "model", "deleted": await asyncio.to_thread(cache.remove, file)}


def _cached(model: str, *, whole: bool = True) -> tuple[CatalogueEntry | HubFile, Path]:
    """A model and its file in the cache: nothing outside it is ever named here."""
    wanted = parsed(model)
    if isinstance(wanted, Path):
        raise ApiError(400, f"{model} is a path; give a catalogue id, hf:… or modelscope:….", param="model")
    file = cache.file_of(wanted, cache.default_folder())
    if whole and not file.exists():
        raise ApiError(404, f"{model} is not on the disk.", param="model", code="model_not_found")
    return wanted, file
