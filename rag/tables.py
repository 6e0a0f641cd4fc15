"""Markdown tables as a small model reads them best: every cell beside its column's name."""

import re

ROW = r"\|.*\|[ \t]*"
TABLE = re.compile(rf"^({ROW})\n\|[ \t:|-]+\|[ \t]*\n((?:{ROW}(?:\n|\Z))+)", re.MULTILINE)
CELL_END = re.compile(r"(?<!\\)\|")
EMPTY = {"", "-", "–", "—"}


def spell_out(text: str) -> str:
    """Each row of a table as a line "- Meal: Lunch; Sunday: 11:30–12:30", empty cells left out."""
    return TABLE.sub(_lines, text)


def _lines(table: re.Match[str]) -> str:
    header = _cells(table[1])
    return "".join(_line(header, _cells(row)) for row in table[2].splitlines())


def _line(header: list[str], row: list[str]) -> str:
    named = [
        f"{name}: {cell}" if name else cell
        for name, cell in zip(header, row, strict=False)
        if cell not in EMPTY
    ]
    return f"- {'; '.join(named)}\n"


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in CELL_END.split(row.strip())[1:-1]]
