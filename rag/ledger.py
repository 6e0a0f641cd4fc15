"""The documents and chunks of the index in SQLite, with BM25 over them (FTS5).

A document lives here in versions. Its vectors are written to Chroma while the version is `pending`; then one
transaction makes it `live` and its forerunner `stale`. Whatever is not live is invisible to every search, so
a kill at any moment leaves an index that answers.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

from rag.chunker import Chunk
from rag.words import words

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    version TEXT PRIMARY KEY, source TEXT, hash TEXT, title TEXT, metadata TEXT, chunks INTEGER,
    state TEXT, changed REAL
);
CREATE INDEX IF NOT EXISTS by_source ON documents (source);
CREATE TABLE IF NOT EXISTS revision (name TEXT);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, version TEXT, position INTEGER, text TEXT, start INTEGER, "end" INTEGER,
    heading TEXT, page INTEGER, table_header TEXT, context TEXT, UNIQUE (version, position)
);
CREATE VIRTUAL TABLE IF NOT EXISTS lexicon USING fts5(
    words, tokenize = "porter unicode61 remove_diacritics 2"
);
"""

Key = tuple[str, int]


@dataclass(frozen=True)
class Version:
    """One state of one document. Its name follows from source and content: a killed ingest finds it again."""

    name: str
    source: str
    hash: str
    title: str
    metadata: dict[str, Any]
    chunks: int


class Ledger:
    """A chunk's key is its version's name and its position in the document."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A power failure may take the last documents with it, which the next run adds again; a kill takes none.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @property
    def revision(self) -> str | None:
        """Which state of the stored vectors this ledger knows."""
        rows = self._all("SELECT name FROM revision")
        return rows[0][0] if rows else None

    @revision.setter
    def revision(self, name: str) -> None:
        with self._lock, self._db:
            self._db.execute("DELETE FROM revision")
            self._db.execute("INSERT INTO revision VALUES (?)", (name,))

    def live_sources(self) -> dict[str, str]:
        """Source and content hash of every document that can be found."""
        return dict(self._all("SELECT source, hash FROM documents WHERE state = 'live'"))

    def live_versions(
        self, source: str | None = None, metadata: dict[str, str] | None = None, without: str | None = None
    ) -> list[str]:
        """Those whose source is, or lies below, `source` and not `without`, and whose metadata has these values."""
        found = self._all("SELECT version, source, metadata FROM documents WHERE state = 'live'")
        return [
            version
            for version, name, known in found
            if (source is None or _is_below(name, source))
            and not (without is not None and _is_below(name, without))
            and (not metadata or metadata.items() <= json.loads(known).items())
        ]

    def dead_versions(self) -> list[str]:
        return [version for (version,) in self._all("SELECT version FROM documents WHERE state != 'live'")]

    def counts(self) -> tuple[int, int]:
        """Documents and chunks."""
        rows = self._all("SELECT count(*), coalesce(sum(chunks), 0) FROM documents WHERE state = 'live'")
        return rows[0][0], rows[0][1]

    def chunks_of(self, versions: Sequence[str]) -> int:
        rows = self._all(
            "SELECT coalesce(sum(chunks), 0) FROM documents WHERE version IN (SELECT value FROM json_each(?))",
            (json.dumps(versions),),
        )
        return int(rows[0][0])

    def reset(self) -> None:
        with self._lock, self._db:
            for table in ("documents", "chunks", "lexicon", "revision"):
                self._db.execute(f"DELETE FROM {table}")

    def begin(self, version: Version) -> None:
        """Note that vectors of this version may be in Chroma from now on."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
                (
                    version.name,
                    version.source,
                    version.hash,
                    version.title,
                    json.dumps(version.metadata, ensure_ascii=False),
                    version.chunks,
                    time.time(),
                ),
            )

    def publish(self, version: Version, chunks: Iterable[Chunk]) -> None:
        """Put this version in the place of the source's live one, at one stroke."""
        with self._lock, self._db:
            self._retire([version.source])
            for chunk in chunks:
                row = self._db.execute(
                    "INSERT INTO chunks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        version.name,
                        chunk.position,
                        chunk.text,
                        chunk.start,
                        chunk.end,
                        chunk.heading,
                        chunk.page,
                        chunk.table_header,
                        chunk.context,
                    ),
                )
                self._db.execute(
                    "INSERT INTO lexicon (rowid, words) VALUES (?, ?)",
                    (row.lastrowid, " ".join(words(chunk.in_context))),
                )
            self._db.execute(
                "UPDATE documents SET state = 'live', changed = ? WHERE version = ?",
                (time.time(), version.name),
            )

    def retire(self, sources: Sequence[str]) -> None:
        """Take these documents out of every search."""
        with self._lock, self._db:
            self._retire(sources)

    def _retire(self, sources: Sequence[str]) -> None:
        for source in sources:
            of_source = "(SELECT version FROM documents WHERE source = ? AND state = 'live')"
            rows = f"SELECT id FROM chunks WHERE version IN {of_source}"
            self._db.execute(f"DELETE FROM lexicon WHERE rowid IN ({rows})", (source,))
            self._db.execute(f"DELETE FROM chunks WHERE version IN {of_source}", (source,))
            self._db.execute(
                "UPDATE documents SET state = 'stale' WHERE source = ? AND state = 'live'", (source,)
            )

    def forget(self, versions: Sequence[str]) -> None:
        """Call when no vector of these dead versions is left."""
        with self._lock, self._db:
            self._db.executemany("DELETE FROM documents WHERE version = ?", [(name,) for name in versions])

    def search(
        self, terms: Sequence[str], limit: int, versions: Sequence[str] | None = None
    ) -> list[tuple[Key, float]]:
        """The best chunks by BM25 with their scores, best first, among `versions` or all."""
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        inside = "AND version IN (SELECT value FROM json_each(?))" if versions is not None else ""
        rows = self._all(
            f"SELECT version, position, -lexicon.rank FROM lexicon JOIN chunks ON chunks.id = lexicon.rowid"
            f" WHERE lexicon MATCH ? {inside} ORDER BY lexicon.rank LIMIT ?",
            (query, *([json.dumps(versions)] if versions is not None else []), limit),
        )
        return [((version, position), score) for version, position, score in rows]

    def read(self, keys: Iterable[Key]) -> dict[Key, tuple[Chunk, Version]]:
        """The live ones among these chunks."""
        found = {}
        for name, position in keys:
            rows = self._all(
                'SELECT position, text, start, "end", heading, page, table_header, context,'
                " d.version, source, hash, title, metadata, d.chunks FROM chunks"
                " JOIN documents d USING (version) WHERE version = ? AND position = ?",
                (name, position),
            )
            for *chunk, version, source, hash_, title, metadata, chunks in rows:
                of = Version(version, source, hash_, title, json.loads(metadata), chunks)
                found[name, position] = (Chunk(*chunk), of)
        return found

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _is_below(name: str, folder: str) -> bool:
    return name == folder or name.startswith(folder.rstrip("/") + "/")
