"""Tables as a small model reads them best: every cell beside its row's and its column's name."""

import csv
import io
import re
from itertools import zip_longest
from pathlib import PurePosixPath

from rag.passage import Passage

ROW = r"\|.*\|[ \t]*"
TABLE = re.compile(rf"^({ROW})\n\|[ \t:|-]+\|[ \t]*\n((?:{ROW}(?:\n|\Z))+)", re.MULTILINE)
CELL_END = re.compile(r"(?<!\\)\|")
EMPTY = {"", "-", "–", "—"}
DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}
# Rows are told apart by the first column, or by this many where that says the same twice.
MOST_NAMING = 3


def spelt_out(passage: Passage) -> str:
    """The passage's text with each cell of a table as a line "- Lunch, Sunday: 11:30–12:30"; empty ones left out."""
    delimiters = DELIMITERS.get(PurePosixPath(passage.source).suffix.lower())
    if not delimiters:
        return spell_out(passage.text)
    header = passage.text.split("\n", 1)[0]
    delimiter = max(delimiters, key=header.count)
    lines = io.StringIO(passage.text)
    rows = [[" ".join(cell.split()) for cell in row] for row in csv.reader(lines, delimiter=delimiter) if row]
    return _lines(rows[0], rows[1:]) if rows[1:] else passage.text


def spell_out(text: str) -> str:
    """Likewise, the Markdown tables in a text."""
    return TABLE.sub(
        lambda table: _lines(_cells(table[1]), [_cells(row) for row in table[2].splitlines()]), text
    )


def _lines(header: list[str], rows: list[list[str]]) -> str:
    naming = _naming(rows)
    return "".join(_row(header, row, naming) for row in rows)


def _naming(rows: list[list[str]]) -> int:
    """How many of the first columns it takes to tell the rows apart."""
    for naming in range(1, MOST_NAMING + 1):
        if len({tuple(row[:naming]) for row in rows}) == len(rows):
            return naming
    return 1


def _row(header: list[str], row: list[str], naming: int) -> str:
    names = [cell for cell in row[:naming] if cell not in EMPTY]
    named = [
        (", ".join(part for part in (*names, name) if part), cell)
        for name, cell in zip_longest(header[naming:], row[naming:], fillvalue="")
        if cell not in EMPTY
    ]
    if not named:
        return f"- {', '.join(names)}\n"
    return "".join(f"- {name}: {cell}\n" if name else f"- {cell}\n" for name, cell in named)


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in CELL_END.split(row.strip())[1:-1]]
