"""Markdown tables as a small model reads them best: every cell beside its column's name."""

import re
from itertools import zip_longest

ROW = r"\|.*\|[ \t]*"
TABLE = re.compile(rf"^({ROW})\n\|[ \t:|-]+\|[ \t]*\n((?:{ROW}(?:\n|\Z))+)", re.MULTILINE)
CELL_END = re.compile(r"(?<!\\)\|")
EMPTY = {"", "-", "–", "—"}


def spell_out(text: str) -> str:
    """Each cell of a table as a line "- Lunch, Sunday: 11:30–12:30", the first of its row before it; empty ones left
    out."""
    return TABLE.sub(_lines, text)


def _lines(table: re.Match[str]) -> str:
    header = _cells(table[1])
    return "".join(_row(header, _cells(row)) for row in table[2].splitlines())


def _row(header: list[str], row: list[str]) -> str:
    first, *others = row or [""]
    named = [
        (", ".join(part for part in (first, name) if part), cell)
        for name, cell in zip_longest(header[1:], others, fillvalue="")
        if cell not in EMPTY
    ]
    if not named:
        return f"- {first}\n"
    return "".join(f"- {name}: {cell}\n" if name else f"- {cell}\n" for name, cell in named)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in CELL_END.split(row.strip())[1:-1]]
