"""Cells of an HTML table that reach over several rows or columns."""

import re
from collections.abc import Iterator
from copy import copy

from bs4 import Tag

# A page of a few kilobytes can ask for billions of copies: so many characters, and a copy is at least 50.
MOST_COPIED = 500_000
LEAST_ROWS, LEAST_COLUMNS = 3, 3
DIGIT = re.compile(r"\d")


def rows_of(table: Tag) -> Iterator[Tag]:
    """Those of the table itself, be they in a part of it or in a form, and not those of tables inside."""
    for child in table.find_all(True, recursive=False):
        if child.name == "tr":
            yield child
        elif child.name not in ("table", "td", "th"):
            yield from rows_of(child)


def cells_of(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)


def spread_cells(table: Tag) -> None:
    """Say a cell that reaches over several rows or columns again in each: Markdown knows no such cells, and a row
    without its first cell would say something else."""
    rows = [(row, cells_of(row)) for row in rows_of(table)]
    # One that asks for more columns than there are cells beside each other reaches into the void.
    widest = max((len(cells) for _, cells in rows), default=0)
    below: dict[int, tuple[int, Tag]] = {}
    room = MOST_COPIED
    for row, cells in rows:
        waiting, below = below if room > 0 else {}, {}
        spread: list[Tag] = []
        while cells or any(column >= len(spread) for column in waiting):
            column = len(spread)
            if column in waiting:
                left, cell = waiting.pop(column)
                room -= _size(cell)
                cell = copy(cell)
                wide = 1
            elif cells:
                cell = cells.pop(0)
                left, wide = _span(cell, "rowspan", len(rows)), _span(cell, "colspan", 1)
            else:
                cell = Tag(name="td")
                left, wide = 1, 1
            for number in range(min(wide, widest)):
                if number:
                    room -= _size(cell)
                if number and room <= 0:
                    break
                spread.append(copy(cell) if number else cell)
                if left > 1:
                    below[column + number] = left - 1, cell
        for cell in cells_of(row):
            cell.extract()
        row.extend(spread)


def name_columns(table: Tag) -> None:
    """Take the first row of a table without header cells for its header, as most of Word's and many of the web's are,
    or nothing would name the columns. Two columns are left: they may be names and values."""
    rows = [cells_of(row) for row in rows_of(table)]
    first = rows[0] if len(rows) >= LEAST_ROWS else []
    if len(first) < LEAST_COLUMNS or any(cell.name == "th" for row in rows for cell in row):
        return
    said = [cell.get_text().strip() for cell in first]
    if all(said) and not any(map(DIGIT.search, said)):
        for cell in first:
            cell.name = "th"


def _span(cell: Tag, name: str, of_zero: int) -> int:
    """Over how many rows or columns it reaches; `of_zero` is how many there may be at most."""
    value = str(cell.attrs.pop(name, "1")).strip()
    return (int(value) or of_zero) if value.isdecimal() and len(value) < 6 else 1


def _size(cell: Tag) -> int:
    return 50 + sum(len(part) if isinstance(part, str) else 50 for part in cell.descendants)
