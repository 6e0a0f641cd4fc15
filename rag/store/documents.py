"""The documents and chunks of the index in SQLite, with BM25 over them (FTS5).

A document lives here in versions. Its vectors are written to Chroma while the version is `pending`; then one
transaction makes it `live` and its forerunner `stale`. Whatever is not live is invisible to every search, so
a kill at any moment leaves an index that answers.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from kit.language import Language
from rag.files.source import is_below
from rag.store.records import (
    CHUNK_FIELDS,
    VERSION_FIELDS,
    WRITTEN_IN,
    Key,
    Version,
    chunk_record,
    to_chunk,
    to_version,
    version_record,
)
from rag.text.chunker import Chunk
from rag.text.words import words


def _columns(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


SCHEMA = f"""
CREATE TABLE IF NOT EXISTS documents ({_columns(VERSION_FIELDS)}, state, measured DEFAULT 0, PRIMARY KEY (version));
CREATE INDEX IF NOT EXISTS by_source ON documents (source);
CREATE TABLE IF NOT EXISTS revision (name);
CREATE TABLE IF NOT EXISTS baseline (similarities, chunks);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, version, {_columns(CHUNK_FIELDS)}, UNIQUE (version, position)
);
CREATE VIRTUAL TABLE IF NOT EXISTS lexicon USING fts5(
    words, tokenize = "porter unicode61 remove_diacritics 2"
);
"""


class Measured(NamedTuple):
    """The baseline, how many chunks there were when it was measured, and how many of those are still there."""

    similarities: Mapping[Language, Mapping[Language, float]]
    chunks: int
    kept: int


class DocumentStore:
    """A chunk's key is its version's name and its position in the document. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # A power failure may take the last documents with it, which the next run adds again; a kill takes none.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @property
    def revision(self) -> str | None:
        """Which state of the stored vectors is known here."""
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
        self,
        source: str | None = None,
        metadata: dict[str, str] | None = None,
        without: str | None = None,
        language: Language | None = None,
    ) -> list[str]:
        """Those whose source is, or lies below, `source` and not `without`, whose metadata has these values, and that
        are written in this language."""
        found = self._all("SELECT version, source, metadata FROM documents WHERE state = 'live'")
        return [
            version
            for version, name, known in found
            if (source is None or is_below(name, source))
            and not (without is not None and is_below(name, without))
            and (not metadata or metadata.items() <= json.loads(known).items())
            and (language is None or json.loads(known).get(WRITTEN_IN, "en") == language)
        ]

    def state(self, version: str) -> str | None:
        """`pending`, `live` or `stale`; None for one that is not known."""
        rows = self._all("SELECT state FROM documents WHERE version = ?", (version,))
        return rows[0][0] if rows else None

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

    @property
    def baseline(self) -> Measured | None:
        """What was measured last on the documents, or None where that never was."""
        rows = self._all(
            "SELECT similarities, chunks, (SELECT coalesce(sum(chunks), 0) FROM documents WHERE state = 'live' AND"
            " measured) FROM baseline"
        )
        return Measured(json.loads(rows[0][0]), *rows[0][1:]) if rows else None

    def set_baseline(self, similarities: Mapping[Language, Mapping[Language, float]]) -> None:
        """Keep what was measured on the documents that are live now."""
        with self._lock, self._db:
            self._db.execute("UPDATE documents SET measured = (state = 'live')")
            self._db.execute("DELETE FROM baseline")
            self._db.execute(
                "INSERT INTO baseline SELECT ?, coalesce(sum(chunks), 0) FROM documents WHERE measured",
                (json.dumps(similarities),),
            )

    def reset(self) -> None:
        with self._lock, self._db:
            for table in ("documents", "chunks", "lexicon", "revision", "baseline"):
                self._db.execute(f"DELETE FROM {table}")

    def begin(self, version: Version) -> None:
        """Note that vectors of this version may be in Chroma from now on."""
        with self._lock, self._db:
            self._insert("OR REPLACE INTO documents", version_record(version) | {"state": "pending"})

    def publish(self, version: Version, chunks: Iterable[Chunk]) -> None:
        """Put this version in the place of the source's live one, at one stroke."""
        with self._lock, self._db:
            self._retire([version.source])
            for chunk in chunks:
                row = self._insert("INTO chunks", {"version": version.name} | chunk_record(chunk))
                self._insert("INTO lexicon", {"rowid": row, "words": " ".join(words(chunk.in_context))})
            self._db.execute("UPDATE documents SET state = 'live' WHERE version = ?", (version.name,))

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
                f"SELECT {_columns(VERSION_FIELDS, 'd.')}, {_columns(CHUNK_FIELDS, 'c.')} FROM chunks c"
                " JOIN documents d USING (version) WHERE version = ? AND position = ?",
                (name, position),
            )
            for row in rows:
                found[name, position] = to_chunk(row), to_version(row)
        return found

    def _insert(self, into: str, record: Mapping[str, Any]) -> int | None:
        places = ", ".join("?" * len(record))
        statement = f"INSERT {into} ({_columns(record)}) VALUES ({places})"
        return self._db.execute(statement, tuple(record.values())).lastrowid

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
