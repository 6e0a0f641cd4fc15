"""Keyword search in the sample documents: no model and no index on disk, ready at once."""

import re
import sqlite3
from functools import cache
from pathlib import Path

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"
RESULTS = 2
QUERY_CHARACTERS = 500


def search_handbook(query: str) -> str:
    """Search the handbook of the Moonlight Agent Hackathon: schedule, venue, meals, rules, prizes and so on.

    The query is a few keywords in the language of the question.
    """
    # Here and not above, since the package rag brings a database that other questions need not wait for.
    from rag.text.words import words

    if len(query) > QUERY_CHARACTERS:
        raise ValueError(f"The query is longer than {QUERY_CHARACTERS} characters. Use a few keywords.")
    # Each once: SQLite takes minutes over a word that is asked for thousands of times.
    terms = dict.fromkeys(words(query.encode(errors="ignore").decode()))
    if not terms:
        raise ValueError("The query holds no words.")
    any_word = " OR ".join(f'"{term}"' for term in terms)
    rows = _sections().execute(
        "SELECT file, text FROM sections WHERE sections MATCH ? ORDER BY rank LIMIT ?", (any_word, RESULTS)
    )
    found = [f"[{file}]\n{text}" for file, text in rows]
    if not found:
        raise ValueError(f"Nothing in the handbook matches {query!r}. Try other keywords.")
    return "\n\n".join(found)


@cache
def _sections() -> sqlite3.Connection:
    """The handbook cut at its second-level headings, ranked by SQLite's BM25."""
    from rag.text.words import words

    # Langchain runs tools in threads of its own.
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute(
        "CREATE VIRTUAL TABLE sections USING fts5(file UNINDEXED, text UNINDEXED, words, tokenize='porter')"
    )
    for path in sorted(HANDBOOK.rglob("*.md")):
        title, _, body = path.read_text(encoding="utf-8").partition("\n")
        for part in re.split(r"^(?=## )", body, flags=re.MULTILINE):
            text = f"{title}\n{part.strip()}"
            file = path.relative_to(HANDBOOK).as_posix()
            database.execute("INSERT INTO sections VALUES (?, ?, ?)", (file, text, " ".join(words(text))))
    return database
