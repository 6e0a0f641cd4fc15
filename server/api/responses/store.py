"""Responses that a later request may ask for, or go on from."""

import json
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from kit.problem import Problem

log = logging.getLogger("server")

CAPACITY = 1000
MAX_BYTES = 64 * 1024 * 1024

Item = dict[str, Any]

TABLES = """
PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS responses (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, response TEXT, input TEXT, conversation TEXT, bytes INTEGER
);
CREATE TABLE IF NOT EXISTS items (
  id TEXT PRIMARY KEY, item TEXT, response TEXT REFERENCES responses (id) ON DELETE CASCADE
);
"""


class ResponseStore:
    """The latest responses, by id, each with its input and the whole conversation up to it, and their items.

    The oldest go first, by count and by bytes. In memory, or in a file that outlives the server.
    """

    def __init__(self, path: Path | None = None, *, bytes_at_most: int = MAX_BYTES) -> None:
        """Raises `Problem` if the file cannot be used."""
        self._bytes_at_most = bytes_at_most
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(
                path or ":memory:", check_same_thread=False, isolation_level=None
            )
            self._database.executescript(TABLES)
        except sqlite3.Error as error:
            raise Problem(
                f"MOLY_RESPONSES_DB={path} cannot be used: {error}. Name a file in a folder that exists, or leave it "
                "empty to keep responses in memory.",
                f"无法使用 MOLY_RESPONSES_DB={path}：{error}。请指定已有文件夹中的文件，或留空以只保存在内存中。",
            ) from error

    def put(self, response: Item, given: list[Item], conversation: list[Item]) -> None:
        """`given` is the input of this response alone; `conversation` holds all before it, it, and the output."""
        texts = [json.dumps(each) for each in (response, given, conversation)]
        named = {each["id"]: each for each in (*given, *response["output"])}
        items = [(name, json.dumps(each), response["id"]) for name, each in named.items()]
        size = sum(map(len, texts)) + sum(len(text) for _, text, _ in items)
        if size > self._bytes_at_most:  # it would take the place of all others, and still not fit
            log.warning("a response was not kept: it has %s bytes", f"{size:,}")
            return
        try:
            with self._lock:
                self._insert(response["id"], texts, items, size)
        except sqlite3.Error as error:  # a full disk, say: the answer is worth more than its record
            log.warning("a response was not kept: %s", error)

    def response(self, response_id: str) -> Item | None:
        found: Item | None = self._value("SELECT response FROM responses WHERE id = ?", response_id)
        return found

    def input_items(self, response_id: str) -> list[Item] | None:
        found: list[Item] | None = self._value("SELECT input FROM responses WHERE id = ?", response_id)
        return found

    def conversation(self, response_id: str) -> list[Item] | None:
        found: list[Item] | None = self._value("SELECT conversation FROM responses WHERE id = ?", response_id)
        return found

    def item(self, item_id: str) -> tuple[Item, int] | None:
        """With the number of its characters as JSON."""
        with self._lock:
            row = self._database.execute("SELECT item FROM items WHERE id = ?", [item_id]).fetchone()
        return (json.loads(row[0]), len(row[0])) if row else None

    def delete(self, response_id: str) -> bool:
        """Whether it was there."""
        with self._lock:
            return bool(self._database.execute("DELETE FROM responses WHERE id = ?", [response_id]).rowcount)

    def _insert(
        self, response_id: str, texts: list[str], items: list[tuple[str, str, str]], size: int
    ) -> None:
        with self._transaction():
            self._database.execute(
                "INSERT INTO responses (id, response, input, conversation, bytes) VALUES (?, ?, ?, ?, ?)",
                (response_id, *texts, size),
            )
            self._database.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", items)
            self._drop_oldest()

    def _value(self, query: str, key: str) -> Any:
        with self._lock, closing(self._database.execute(query, [key])) as rows:
            row = rows.fetchone()
        return json.loads(row[0]) if row else None

    def _transaction(self) -> sqlite3.Connection:
        self._database.execute("BEGIN")
        return self._database  # commits at the end of `with`, or rolls back

    def _drop_oldest(self) -> None:
        """Keep those from the newest on that fit both bounds."""
        kept, total = 0, 0
        rows = self._database.execute("SELECT number, bytes FROM responses ORDER BY number DESC").fetchall()
        for number, size in rows:
            kept, total = kept + 1, total + size
            if kept > CAPACITY or total > self._bytes_at_most:
                self._database.execute("DELETE FROM responses WHERE number <= ?", [number])
                return
