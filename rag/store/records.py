"""Documents' versions and their chunks as flat records, the same in SQLite and in Chroma."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rag.text.chunker import Chunk

Key = tuple[str, int]

# What an ingest adds to a document's metadata: its language, and of when it is.
WRITTEN_IN, DATED = "written_in", "dated"


@dataclass(frozen=True)
class Version:
    """One state of one document. Its name follows from source and content: a killed ingest finds it again."""

    name: str
    source: str
    hash: str
    title: str
    metadata: dict[str, Any]
    chunks: int


VERSION_FIELDS = ("version", *(field.name for field in fields(Version) if field.name != "name"))
CHUNK_FIELDS = tuple(field.name for field in fields(Chunk))


def version_record(version: Version) -> dict[str, Any]:
    record = asdict(version)
    return {
        "version": record.pop("name"),
        **record,
        "metadata": json.dumps(version.metadata, ensure_ascii=False),
    }


def to_version(record: Mapping[str, Any]) -> Version:
    values = {field: record[field] for field in VERSION_FIELDS}
    return Version(name=values.pop("version"), **values | {"metadata": json.loads(record["metadata"])})


def chunk_record(chunk: Chunk) -> dict[str, Any]:
    # Chroma knows no null.
    return asdict(chunk) | {"page": chunk.page or 0}


def to_chunk(record: Mapping[str, Any]) -> Chunk:
    return Chunk(**{field: record[field] for field in CHUNK_FIELDS} | {"page": record["page"] or None})
