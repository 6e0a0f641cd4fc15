"""Uploaded files on the disk."""

import json
import os
import re
import shutil
import time
import unicodedata
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO

from kit.env import setting
from server.api.errors import ApiError

MOST_FILES = 1000
MOST_BYTES = 2_000_000_000
NAME_BYTES = 150  # file systems take 255, and some of them count in UTF-16
ID = re.compile(r"file_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What no Windows file may be called, with any ending.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
RECORD = "record.json"


def default_folder() -> Path:
    """`MOLY_DOCUMENTS_DIR`, or the place that the operating system gives to a program's data."""
    if configured := setting("MOLY_DOCUMENTS_DIR"):
        return Path(configured).expanduser()
    from platformdirs import user_data_path

    return user_data_path("agent-starter-kit", appauthor=False) / "documents"


@dataclass(frozen=True)
class StoredFile:
    """A file as OpenAI's API shows it; `status` is "processed" once it is in the index."""

    id: str
    bytes: int
    created_at: int
    filename: str
    purpose: str
    status: str = "uploaded"

    def card(self) -> dict[str, Any]:
        return asdict(self) | {"object": "file"}


class FileStore:
    """A folder for each file, with the file under a name that every system takes, and its record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO, filename: str, purpose: str) -> StoredFile:
        """Raises ApiError where the store or the disk is full."""
        files = self.all()
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        if len(files) >= MOST_FILES or sum(file.bytes for file in files) + size > MOST_BYTES:
            raise ApiError(
                413,
                f"{len(files):,} files are stored, the most are {MOST_FILES:,} of {MOST_BYTES / 1e9:g} GB together. "
                "Delete some with DELETE /v1/files/{id}.",
                code="storage_full",
            )
        stored = StoredFile(
            f"file_{uuid.uuid4()}", size, int(time.time()), safe_name(filename), purpose[:NAME_BYTES]
        )
        folder = self.folder / stored.id
        folder.mkdir(parents=True)
        try:
            with (folder / stored.filename).open("wb") as file:
                shutil.copyfileobj(stream, file, 1 << 20)
            self.record(stored)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                message = f"The file cannot be kept in {self.folder}: {error.strerror}. Make room there."
                raise ApiError(507, message, code="storage_full") from error
            raise
        return stored

    def record(self, file: StoredFile) -> None:
        """Write down what is known of a file; one without a record is not there."""
        target = self.folder / file.id / RECORD
        beside = target.with_name(f"{RECORD}.new")
        beside.write_text(json.dumps(asdict(file)), encoding="utf-8")
        beside.replace(target)

    def all(self) -> list[StoredFile]:
        """The latest first, as OpenAI lists them."""
        found = [self._read(path) for path in self.folder.glob(f"file_*/{RECORD}")]
        return sorted((file for file in found if file), key=lambda file: (-file.created_at, file.id))

    def get(self, file_id: str) -> StoredFile:
        """Raises ApiError 404."""
        found = self._read(self.folder / file_id / RECORD) if ID.fullmatch(file_id) else None
        if found is None:
            raise ApiError(404, f"There is no file {file_id[:80]!r}.", param="id", code="file_not_found")
        return found

    def path(self, file: StoredFile) -> Path:
        return self.folder / file.id / file.filename

    def delete(self, file: StoredFile) -> None:
        (self.folder / file.id / RECORD).unlink(missing_ok=True)
        shutil.rmtree(self.folder / file.id, ignore_errors=True)

    def _read(self, record: Path) -> StoredFile | None:
        try:
            file = StoredFile(**json.loads(record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return file if file.id == record.parent.name and self.path(file).is_file() else None


def safe_name(filename: str) -> str:
    """The last part of the path, as far as Linux, macOS and Windows all take it for a file's name."""
    name = unicodedata.normalize("NFC", PureWindowsPath(filename).name)
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]', "_", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    stem = stem.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore").rstrip(" .")
    name = f"{stem or 'file'}{dot}{ending}"
    return f"_{name}" if DEVICES.match(name) or name.startswith(RECORD) else name
