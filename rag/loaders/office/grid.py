"""Cells of a sheet or a slide as a table in Markdown."""

from collections.abc import Sequence
from typing import Any


def table(rows: Sequence[Sequence[Any]]) -> str:
    """Without the rows and columns that are empty; the first row is the header."""
    said = [[_cell(value) for value in row] for row in rows]
    wide = max(map(len, said), default=0)
    kept = [column for column in range(wide) if any(row[column] for row in said if column < len(row))]
    lines = [
        "| " + " | ".join(row[column] if column < len(row) else "" for column in kept) + " |"
        for row in said
        if any(row)
    ]
    return "\n".join([*lines[:1], "|" + "---|" * len(kept), *lines[1:]]) + "\n" if lines else ""


def shown(value: Any) -> str:
    """A whole number without the point that it is stored with."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return "" if whole is None else str(whole)


def _cell(value: Any) -> str:
    return " ".join(shown(value).split()).replace("|", "\\|")
