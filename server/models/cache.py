"""The folder where models are kept."""

import hashlib
import shutil
from pathlib import Path

from kit.env import setting
from kit.problem import Problem
from kit.web.hub import HUBS
from server.models import catalogue
from server.models.catalogue import CatalogueEntry
from server.models.sources.source import HubFile


def default_folder() -> Path:
    """`MODELS_DIR`, or the place that the operating system gives to caches."""
    if configured := setting("MODELS_DIR"):
        return with_home(configured)
    from platformdirs import user_cache_path

    return user_cache_path("agent-starter-kit", appauthor=False) / "models"


def with_home(path: str) -> Path:
    """With the folder that ~ stands for. Raises `Problem` for that of a user whom this machine does not have."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise Problem(
            f"{path} begins in the home folder of nobody on this machine. Write the whole path.",
            f"{path} 指向的用户主目录在本机上不存在，请写出完整路径。",
        ) from None


def file_of(model: CatalogueEntry | HubFile, folder: Path) -> Path:
    """Where the model is, or would be once it is downloaded."""
    place, *others = places_of(model, folder)
    # A file that came from a hub before the catalogue had it is not downloaded again.
    whole = (other for other in others if isinstance(model, CatalogueEntry) and size_of(other) == model.size)
    return place if place.exists() else next(whole, place)


def places_of(model: CatalogueEntry | HubFile, folder: Path) -> list[Path]:
    """All where it may lie: one of the catalogue also under the names that its hubs have for it."""
    if isinstance(model, HubFile):
        return [folder / model.hub / model.repo / model.file]
    return [folder / model.file, *(place for hub in model.hubs for place in places_of(hub, folder))]


def partial_of(file: Path, sha256: str) -> Path:
    """Holds the first bytes of the content with this hash, whichever source they came from."""
    return file.with_name(f"{file.name}.{sha256[:12]}.part")


def record_of(file: Path) -> Path:
    """Holds what is known of the model; see `verified`."""
    return file.with_name(f"{file.name}.verified")


def remove(file: Path) -> bool:
    """Delete the model and what is left of broken downloads; tells whether there was anything."""
    there = file.exists()
    file.unlink(missing_ok=True)
    record_of(file).unlink(missing_ok=True)
    return remove_partials(file) or there


def remove_partials(file: Path) -> bool:
    partials = list(file.parent.glob(f"{file.name}.*.part*"))
    for partial in partials:
        if partial.is_dir():  # a wheel that pip was fetching
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink()
    return bool(partials)


def arrived(file: Path) -> int:
    """Bytes that a broken download has left."""
    return sum(size_of(partial) for partial in file.parent.glob(f"{file.name}.*.part") if partial.is_file())


def hub_files(folder: Path) -> list[tuple[HubFile, Path]]:
    """Files of hubs that the catalogue does not have, under the names by which they were asked for."""
    found = sorted(path for hub in HUBS for path in (folder / hub).glob("*/*/**/*.gguf") if path.is_file())
    named = [(hub_file, path) for path in found if (hub_file := _hub_file(path.relative_to(folder)))]
    return [(hub_file, path) for hub_file, path in named if not catalogue.of_hub(hub_file)]


def _hub_file(path: Path) -> HubFile | None:
    """None for what somebody else has put there, under a name that no reference can have."""
    hub, *rest = path.parts
    try:
        return HubFile.parse(f"{hub}:{'/'.join(rest)}")
    except Problem:
        return None


def size_of(file: Path) -> int:
    """Bytes; 0 if there is no such file."""
    return file.stat().st_size if file.exists() else 0


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
