"""The vectors in ChromaDB: one for every chunk, and one for every window of a sentence or two inside it."""

import time
from collections.abc import Sequence
from typing import Any

import chromadb
import numpy as np

from rag.embedder import Vectors
from rag.settings import Settings
from rag.store.client import client
from rag.store.records import Key, Version, chunk_record, to_chunk, to_version, version_record
from rag.text.chunker import Chunk

CHUNKS, WINDOWS = "-chunks", "-windows"
# Each is a variable in a statement of SQLite's, which takes 32,766 of them.
MOST_VERSIONS = 10_000


class VectorStore:
    """Two collections with cosine distance; an id is the chunk's key, in `windows` with the window's number."""

    def __init__(self, settings: Settings) -> None:
        self._client = client(settings)
        self._collection = settings.collection
        self._open()

    def _open(self) -> None:
        self._chunks, self._windows = (
            # Unless told otherwise, Chroma fetches an embedding model of its own.
            self._client.get_or_create_collection(
                self._collection + kind, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            for kind in (CHUNKS, WINDOWS)
        )

    def collections(self) -> list[str]:
        """The names of all collections, of which this store is one."""
        names = [collection.name for collection in self._client.list_collections()]
        return sorted(name.removesuffix(CHUNKS) for name in names if name.endswith(CHUNKS))

    @property
    def metadata(self) -> dict[str, Any]:
        """As it is now: on a server others may have changed it, or have made the collections anew."""
        self._open()
        return dict(self._chunks.metadata or {})

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        self._chunks.modify(metadata=metadata)

    def put_chunks(self, vectors: Vectors, chunks: Sequence[tuple[Version, Chunk]]) -> None:
        """Store everything that is known of the chunks: a document store that is lost can be made from it again."""
        self._chunks.upsert(
            ids=[f"{version.name}:{chunk.position}" for version, chunk in chunks],
            embeddings=vectors,
            documents=[chunk.text for _, chunk in chunks],
            metadatas=[_metadata(version, chunk) for version, chunk in chunks],
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
        return [(to_version(metadata), metadata["stored"]) for metadata in metadatas]

    def chunks(self, version: str) -> list[Chunk]:
        found = self._chunks.get(where={"version": version}, include=["metadatas", "documents"])
        pairs = zip(found["documents"] or [], found["metadatas"] or [], strict=True)
        chunks = [to_chunk({"text": text, **metadata}) for text, metadata in pairs]
        return sorted(chunks, key=lambda chunk: chunk.position)

    def embeddings(self, version: str) -> Vectors:
        """Those of its chunks in the order of the document, shape (chunks, dimension)."""
        found = self._chunks.get(where={"version": version}, include=["embeddings", "metadatas"])
        metadatas: list[dict[str, Any]] = [dict(metadata) for metadata in found["metadatas"] or []]
        positions = [metadata["position"] for metadata in metadatas]
        return np.array(found["embeddings"], np.float32)[np.argsort(positions)]

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
        for kind in (CHUNKS, WINDOWS):
            self._client.delete_collection(self._collection + kind)
        self._open()


def _metadata(version: Version, chunk: Chunk) -> dict[str, Any]:
    """All of both but the text, which Chroma keeps apart."""
    record = version_record(version) | chunk_record(chunk) | {"stored": time.time()}
    del record["text"]
    return record


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
