"""The vectors in ChromaDB: one for every chunk, and one for every window of a sentence or two inside it."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings

from kit.problem import Problem
from rag.chunker import Chunk
from rag.embedder import Vectors
from rag.ledger import Key, Version
from rag.settings import Settings

CHUNKS, WINDOWS = "rag-chunks", "rag-windows"
# Each is a variable in a statement of SQLite's, which takes 32,766 of them.
MOST_VERSIONS = 10_000


class VectorStore:
    """Two collections with cosine distance; an id is the chunk's key, in `windows` with the window's number."""

    def __init__(self, settings: Settings) -> None:
        self._client = _client(settings)
        self._open()

    def _open(self) -> None:
        self._chunks, self._windows = (
            # Unless told otherwise, Chroma fetches an embedding model of its own.
            self._client.get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            for name in (CHUNKS, WINDOWS)
        )

    @property
    def metadata(self) -> dict[str, Any]:
        return dict(self._chunks.metadata or {})

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        self._chunks.modify(metadata=metadata)

    def counts(self) -> tuple[int, int]:
        """Chunks and windows, dead ones included."""
        return self._chunks.count(), self._windows.count()

    def put_chunks(self, vectors: Vectors, chunks: Sequence[tuple[Version, Chunk]]) -> None:
        """Store everything that is known of the chunks: a ledger that is lost can be made from it again."""
        self._chunks.upsert(
            ids=[f"{version.name}:{chunk.position}" for version, chunk in chunks],
            embeddings=vectors,
            documents=[chunk.text for _, chunk in chunks],
            metadatas=[_to_metadata(version, chunk) for version, chunk in chunks],
        )

    def put_windows(self, keys: Sequence[tuple[str, int, int]], vectors: Vectors) -> None:
        self._windows.upsert(
            ids=[f"{version}:{position}:{number}" for version, position, number in keys],
            embeddings=vectors,
            metadatas=[{"version": version} for version, _, _ in keys],
        )

    def positions(self, version: str) -> set[int]:
        """The chunks of a version that are stored, each with all its windows."""
        found = self._chunks.get(where={"version": version}, include=[])
        return {_key(id_)[1] for id_ in found["ids"]}

    def versions(self) -> list[tuple[Version, float]]:
        """Every version whose first chunk is stored, and when it was put there, in seconds since 1970."""
        found = self._chunks.get(where={"position": 0}, include=["metadatas"])
        metadatas: list[dict[str, Any]] = [dict(metadata) for metadata in found["metadatas"] or []]
        return [(_to_version(metadata), metadata["stored"]) for metadata in metadatas]

    def chunks(self, version: str) -> list[Chunk]:
        found = self._chunks.get(where={"version": version}, include=["metadatas", "documents"])
        pairs = zip(found["documents"] or [], found["metadatas"] or [], strict=True)
        return sorted(
            (_to_chunk(text, metadata) for text, metadata in pairs), key=lambda chunk: chunk.position
        )

    def delete(self, versions: Sequence[str]) -> None:
        for version in versions:
            self._windows.delete(where={"version": version})
            self._chunks.delete(where={"version": version})

    def nearest_chunks(
        self, vector: Vectors, limit: int, versions: Sequence[str] | None = None
    ) -> list[tuple[Key, float]]:
        """Keys and cosine similarities, best first, of all chunks or those of `versions`.

        `vector` has shape (1, dimension).
        """
        return [(_key(id_), similarity) for id_, similarity in _query(self._chunks, vector, limit, versions)]

    def nearest_windows(
        self, vector: Vectors, limit: int, versions: Sequence[str] | None = None
    ) -> list[tuple[Key, float]]:
        """Likewise: each window with the key of its chunk, which may come more than once."""
        found = _query(self._windows, vector, limit, versions)
        return [(_key(id_.rpartition(":")[0]), similarity) for id_, similarity in found]

    def reset(self) -> None:
        for name in (CHUNKS, WINDOWS):
            self._client.delete_collection(name)
        self._open()


def _to_metadata(version: Version, chunk: Chunk) -> dict[str, Any]:
    return {
        "version": version.name,
        "source": version.source,
        "hash": version.hash,
        "title": version.title,
        "metadata": json.dumps(version.metadata, ensure_ascii=False),
        "chunks": version.chunks,
        "stored": time.time(),
        "position": chunk.position,
        "start": chunk.start,
        "end": chunk.end,
        "heading": chunk.heading,
        "page": chunk.page or 0,
        "table_header": chunk.table_header,
        "context": chunk.context,
    }


def _to_version(metadata: Mapping[str, Any]) -> Version:
    return Version(
        metadata["version"],
        metadata["source"],
        metadata["hash"],
        metadata["title"],
        json.loads(metadata["metadata"]),
        metadata["chunks"],
    )


def _to_chunk(text: str, metadata: Mapping[str, Any]) -> Chunk:
    return Chunk(
        metadata["position"],
        text,
        metadata["start"],
        metadata["end"],
        metadata["heading"],
        metadata["page"] or None,
        metadata["table_header"],
        metadata["context"],
    )


def _query(
    collection: chromadb.Collection, vector: Vectors, limit: int, versions: Sequence[str] | None
) -> list[tuple[str, float]]:
    if versions is None:
        return _query_where(collection, vector, limit, None)
    found = []
    for first in range(0, len(versions), MOST_VERSIONS):
        some = {"version": {"$in": list(versions[first : first + MOST_VERSIONS])}}
        found += _query_where(collection, vector, limit, some)
    return sorted(found, key=lambda pair: -pair[1])[:limit]


def _query_where(
    collection: chromadb.Collection, vector: Vectors, limit: int, where: dict[str, Any] | None
) -> list[tuple[str, float]]:
    answer = collection.query(query_embeddings=vector, n_results=limit, where=where, include=["distances"])
    distances = (answer["distances"] or [[]])[0]
    return [(id_, 1 - distance) for id_, distance in zip(answer["ids"][0], distances, strict=True)]


def _key(id_: str) -> Key:
    version, _, position = id_.partition(":")
    return version, int(position)


def _client(settings: Settings) -> ClientAPI:
    quiet = ChromaSettings(anonymized_telemetry=False)
    if settings.chroma_url is None:
        return chromadb.PersistentClient(path=settings.chroma_path, settings=quiet)
    place = urlsplit(settings.chroma_url)
    secure = place.scheme == "https"
    try:
        return chromadb.HttpClient(
            place.hostname or "localhost", place.port or (443 if secure else 8000), ssl=secure, settings=quiet
        )
    except (ValueError, httpx.HTTPError) as error:
        raise Problem(
            f"no Chroma server answers at CHROMA_URL={settings.chroma_url}. Start it with"
            " `chroma run --path FOLDER`, or take CHROMA_URL out of .env to keep the vectors in CHROMA_PATH.",
            f"CHROMA_URL={settings.chroma_url} 没有 Chroma 服务器应答。请用 `chroma run --path 文件夹` 启动，"
            "或从 .env 中删去 CHROMA_URL，把向量存放在 CHROMA_PATH。",
        ) from error
