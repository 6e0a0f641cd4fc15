"""`GET /v1/models/catalogue`."""

from pathlib import Path
from typing import Any

import psutil
from fastapi import APIRouter, Request

from server.api.served import ServedDep
from server.api.switch import Switch
from server.machine import WORKING_BYTES
from server.models import CatalogueEntry, ModelFile, Role, cache, catalogue
from server.models.sources.source import HubFile

router = APIRouter(prefix="/v1/models", tags=["models"])

ROLES: tuple[Role, ...] = ("chat", "embedding", "rerank")


@router.get("/catalogue")
def list_catalogue(request: Request, served: ServedDep) -> dict[str, Any]:
    """Every model that the kit knows or has on the disk: its size, whether it fits, and what is loaded.

    `memory.available` is what is free now; a model `fits` if it would run in that and what its role's present model
    gives back.
    """
    switch: Switch | None = request.app.state.switch
    files = switch.files if switch else {}
    memory = psutil.virtual_memory()
    free = {role: memory.available + (switch.bytes_held(role) if switch else 0) for role in ROLES}
    folder = cache.default_folder()
    known = [_known(entry, folder, files, free[entry.role]) for entry in catalogue.entries()]
    others = [_other(model, file, files, min(free.values())) for model, file in cache.hub_files(folder)]
    return {
        "object": "list",
        "folder": str(folder),
        "memory": {"available": memory.available, "total": memory.total},
        "loaded": {role: _loaded(files.get(role), served.has(role)) for role in ROLES},
        "downloading": request.app.state.downloads.progress(),
        "data": [card | {"recommended": card["id"] in _best(known)} for card in known] + others,
    }


def _known(entry: CatalogueEntry, folder: Path, files: dict[Role, ModelFile], free: int) -> dict[str, Any]:
    file = cache.file_of(entry, folder)
    return {
        "id": entry.id,
        "role": entry.role,
        "name": entry.name,
        "licence": entry.licence,
        "languages": entry.languages,
        "context_length": entry.context,
        "measured": entry.measured,
        "size": entry.size,
        "ram_bytes": entry.ram_bytes,
        "fits": entry.ram_bytes <= free,
        "on_disk": file.exists(),
        "downloaded_bytes": entry.size if file.exists() else cache.arrived(file),
        "loaded": any(loaded.id == entry.id for loaded in files.values()),
    }


def _other(model: HubFile, file: Path, files: dict[Role, ModelFile], free: int) -> dict[str, Any]:
    """A file of a hub that the catalogue does not have: its role shows when it is loaded."""
    size = file.stat().st_size
    ram = size + WORKING_BYTES
    return {
        "id": str(model),
        "role": None,
        "name": file.stem,
        "size": size,
        "ram_bytes": ram,
        "fits": ram <= free,
        "on_disk": True,
        "downloaded_bytes": size,
        "loaded": any(loaded.path == file for loaded in files.values()),
        "recommended": False,
    }


def _best(known: list[dict[str, Any]]) -> set[str]:
    """Of each role the largest that fits, among those that this kit is measured with."""
    fitting = sorted(
        (card for card in known if card["measured"] and card["fits"]), key=lambda card: card["size"]
    )
    return set({card["role"]: card["id"] for card in fitting}.values())


def _loaded(file: ModelFile | None, present: bool) -> dict[str, Any] | None:
    return {"id": file.id, "file": file.path.name, "asleep": not present} if file else None
