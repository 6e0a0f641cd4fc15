"""The folder where models are kept."""

import hashlib
import os
from pathlib import Path

from kit.problem import Problem
from server.models.catalogue import CatalogueEntry
from server.models.source import HubFile

GGUF_MAGIC = b"GGUF"


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


def remove(file: Path) -> bool:
    """Delete the model and what is left of broken downloads; tells whether there was anything."""
    there = file.exists()
    file.unlink(missing_ok=True)
    return remove_partials(file) or there


def remove_partials(file: Path) -> bool:
    partials = list(file.parent.glob(f"{file.name}.*.part"))
    for partial in partials:
        partial.unlink()
    return bool(partials)


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_gguf(file: Path) -> None:
    """Raises `Problem` unless the file begins as every GGUF file does."""
    with file.open("rb") as stream:
        magic = stream.read(len(GGUF_MAGIC))
    if magic != GGUF_MAGIC:
        raise Problem(
            f"{file} is not a GGUF model: it begins with {magic!r}, not {GGUF_MAGIC!r}. "
            "Give a .gguf file that was downloaded whole.",
            f"{file} 不是 GGUF 模型：开头是 {magic!r}，而不是 {GGUF_MAGIC!r}。请换成完整下载的 .gguf 文件。",
        )
