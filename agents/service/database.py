"""Where conversations are kept: a SQLite file, or PostgreSQL by its URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from kit.problem import Problem

Saver = BaseCheckpointSaver[Any]

CONNECTIONS = 8
CONNECT_SECONDS = 10


@contextmanager
def database(place: str) -> Iterator[Saver]:
    """langgraph's checkpoints in `place`, a path or postgresql://USER:PASSWORD@HOST/NAME."""
    if place.startswith(("postgresql://", "postgres://")):
        with _postgres(place) as saver:
            yield saver
        return
    if "://" in place:
        raise Problem(
            f"AGENTS_DATABASE={place.partition('://')[0]}://… is neither a path nor postgresql://. Correct it in .env.",
            f"AGENTS_DATABASE={place.partition('://')[0]}://… 既不是路径也不是 postgresql://，请在 .env 中改正。",
        )
    path = Path(place).absolute()
    try:
        # Every run saves from a thread of its own.
        connection = sqlite3.connect(path, check_same_thread=False)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    with closing(connection):
        saver = SqliteSaver(connection)
        try:
            saver.setup()
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        yield saver


@contextmanager
def _postgres(url: str) -> Iterator[Saver]:
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool, PoolTimeout

    # What langgraph asks of a connection that it did not open itself.
    asked: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: ConnectionPool[psycopg.Connection[dict[str, Any]]] = ConnectionPool(
        url, min_size=1, max_size=CONNECTIONS, kwargs=asked, open=False
    )
    with pool:
        try:
            pool.wait(CONNECT_SECONDS)
            saver = PostgresSaver(pool)
            saver.setup()
        except (psycopg.Error, PoolTimeout) as error:
            place = urlsplit(url)
            shown = f"{place.scheme}://{place.hostname}:{place.port or 5432}{place.path}"
            reason = str(error).splitlines()[0]
            raise Problem(
                f"AGENTS_DATABASE: {shown} takes no connection ({reason})."
                " Start the database, or correct the URL in .env.",
                f"AGENTS_DATABASE：无法连接 {shown}（{reason}）。请启动数据库，或在 .env 中改正地址。",
            ) from error
        yield saver


def _unusable(path: Path, error: sqlite3.Error) -> Problem:
    return Problem(
        f"{path} cannot hold conversations: {error}. Move it away, or name another file in AGENTS_DATABASE.",
        f"{path} 无法保存对话：{error}。请移走该文件，或在 AGENTS_DATABASE 中换一个文件。",
    )
