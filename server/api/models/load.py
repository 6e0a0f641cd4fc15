"""`POST /v1/models/load` and `POST /v1/models/unload`."""

import asyncio
import time
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from server.api.errors import ApiError
from server.api.models.named import Reference, parsed
from server.api.models.owner import OWNER, switch
from server.api.served import CHAT_ID, EMBEDDING_ID, RERANK_ID
from server.models import ModelFile, Role, cache, reference, resolve

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[OWNER])

NAMES: dict[str, Role] = {CHAT_ID: "chat", EMBEDDING_ID: "embedding", RERANK_ID: "rerank"}


class LoadRequest(BaseModel):
    model: Reference
    role: Role | None = None


class UnloadRequest(BaseModel):
    model: Reference


@router.post("/load")
async def load(body: LoadRequest, request: Request) -> dict[str, Any]:
    """Take a model on the disk in the place of the present one of its role; answers under way are told.

    If it does not fit or cannot be loaded, the present one stays, or comes back.
    """
    began = time.monotonic()
    changes = switch(request)
    file, role = await asyncio.to_thread(_on_disk, body)
    await changes.load(file, role)
    return _card(file, role) | {"loaded": True, "seconds": round(time.monotonic() - began, 2)}


@router.post("/unload")
async def unload(body: UnloadRequest, request: Request) -> dict[str, Any]:
    """Give a model's memory back: by the name it is served under, or its own."""
    changes = switch(request)
    role = NAMES.get(body.model) or next(
        (role for role, file in changes.files.items() if body.model in (file.id, str(file.path))), None
    )
    if role is None:
        raise ApiError(404, f"{body.model} is not loaded.", param="model", code="model_not_found")
    file = changes.files.get(role)
    await changes.unload(role)
    return {"id": file.id if file else body.model, "role": role, "object": "model", "loaded": False}


def _on_disk(body: LoadRequest) -> tuple[ModelFile, Role]:
    model = parsed(body.model)
    if not isinstance(model, Path) and not cache.file_of(model, cache.default_folder()).exists():
        raise ApiError(
            409,
            f"{body.model} is not on the disk. POST /v1/models/download fetches it.",
            param="model",
            code="model_not_downloaded",
        )
    role = body.role or reference.role_of(body.model)
    return resolve(body.model, role), role


def _card(file: ModelFile, role: Role) -> dict[str, Any]:
    served_as = {role: name for name, role in NAMES.items()}[role]
    return {"id": file.id, "object": "model", "role": role, "served_as": served_as, "file": file.path.name}
