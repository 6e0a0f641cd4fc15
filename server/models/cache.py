"""The folder where models are kept."""

import hashlib
import os
import shutil
from pathlib import Path

from server.models.catalogue import CatalogueEntry
from server.models.sources.source import HUBS, HubFile


def default_folder() -> Path:
    """`MODELS_DIR`, or the place that the operating system gives to caches."""
    if configured := os.environ.get("MODELS_DIR"):
        return Path(configured).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("agent-starter-kit", appauthor=False) / "models"


def file_of(model: CatalogueEntry | HubFile, folder: Path) -> Path:
    """Where the model is, or would be once it is downloaded."""
    if isinstance(model, HubFile):
        return folder / model.hub / model.repo / model.file
    return folder / model.file


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
    """Files of hubs, under the names by which they were asked for."""
    found = [path for hub in HUBS for path in (folder / hub).glob("*/*/**/*.gguf") if path.is_file()]
    return [(HubFile.parse(_reference(path.relative_to(folder))), path) for path in sorted(found)]


def _reference(path: Path) -> str:
    hub, *rest = path.parts
    return f"{hub}:{'/'.join(rest)}"


def size_of(file: Path) -> int:
    """Bytes; 0 if there is no such file."""
    return file.stat().st_size if file.exists() else 0


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
