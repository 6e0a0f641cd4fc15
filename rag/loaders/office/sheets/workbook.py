"""Workbooks, by a library of the extra `documents`."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.extra import library
from rag.loaders.office.grid import shown, table
from rag.loaders.office.sheets.sheet import Place, Sheet, number_formats, sheet_parts
from rag.loaders.text import guarded, parse_markdown

MOST_ROWS = 100_000
# The library keeps them all in memory, empty or not, and Python with it ends where there is too little.
MOST_CELLS = 10_000_000
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
LARGEST_SHEET_BYTES = 100_000_000
# A formula in a cell without its result. Excel stores an empty one for what gives an empty text.
NOT_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*><(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


def load_workbook(path: Path, source: str, _: str | None = None) -> Document:
    """Each sheet under its name: a table whose first row is the header, with the notes on cells in brackets, then what
    stands in text boxes. Sheets that are hidden are left out and told."""
    calamine = library("python_calamine", source)
    workbook = calamine.CalamineWorkbook.from_path(path)
    sheets = [each for each in workbook.sheets_metadata if each.typ == calamine.SheetTypeEnum.WorkSheet]
    hidden = [each.name for each in sheets if each.visible != calamine.SheetVisibleEnum.Visible]
    parts = []
    with zipfile.ZipFile(path) as archive:
        formats, places = number_formats(archive), sheet_parts(archive)
        for name in (each.name for each in sheets if each.name not in hidden):
            said = list(filter(None, _said(workbook, Sheet(archive, places[name], formats), name, source)))
            parts += ["\n".join([f"# {name}\n", *said])] if said else []
    # A sheet's name is not the name of the others.
    document = parse_markdown(source, "\n".join(parts), Path(source).stem)
    return replace(document, warnings=[*_hidden(source, hidden), *_not_calculated(path, source)])


def _said(workbook: Any, sheet: Sheet, name: str, source: str) -> Iterator[str]:
    if sheet.rows * sheet.columns > MOST_CELLS:
        raise Problem(
            f"{source}: sheet {name} reaches over {sheet.rows} rows and {sheet.columns} columns. Delete what stands far"
            " from the rest (Ctrl+End goes there), or save what matters as CSV.",
            f"{source}：工作表 {name} 跨 {sheet.rows} 行、{sheet.columns} 列。请删除远处的单元格（按 Ctrl+End 可跳到"
            "该处），或把需要的部分另存为 CSV。",
        )
    notes = sheet.notes()
    rows = [
        row
        for row in _rows(workbook.get_sheet_by_name(name), sheet, notes)
        if any(cell != "" for cell in row)
    ]
    if len(rows) > MOST_ROWS:
        raise Problem(
            f"{source}: sheet {name} has more than {MOST_ROWS} rows. Save what matters as CSV.",
            f"{source}：工作表 {name} 超过 {MOST_ROWS} 行，请把需要的部分另存为 CSV。",
        )
    yield table(rows)
    for said in [*notes.values(), *sheet.drawn()]:
        yield guarded(said) + "\n"


def _rows(cells: Any, sheet: Sheet, notes: dict[Place, str]) -> list[list[Any]]:
    """What stands in merged cells stands in each of them. Of the notes, those on other cells are left."""
    rows = [list(row) for row in cells.iter_rows()]
    # Rows come from the sheet's first, columns from the first that holds something.
    _, before = cells.start or (0, 0)

    def is_there(place: Place) -> bool:
        return place[0] < len(rows) and 0 <= place[1] - before < len(rows[place[0]])

    for (row, column), format_ in sheet.formatted.items():
        if is_there((row, column)) and isinstance(number := rows[row][column - before], int | float):
            rows[row][column - before] = format_.shown(number)
    for row, column in list(filter(is_there, notes)):
        rows[row][column - before] = f"{shown(rows[row][column - before])} ({notes.pop((row, column))})"
    for (top, left), (bottom, right) in cells.merged_cell_ranges or ():
        merged = slice(max(left - before, 0), right - before + 1)
        reached = rows[top : bottom + 1]
        said = reached[0][merged][:1] if reached else []
        for reach in reached if said else ():
            reach[merged] = said * len(reach[merged])
    return rows


def _hidden(source: str, names: list[str]) -> list[Problem]:
    listed = ", ".join(names)
    if not names:
        return []
    return [
        Problem(
            f"{source}: hidden sheets were left out: {listed}. Unhide them if they matter.",
            f"{source}：隐藏的工作表已略去：{listed}。如需其内容，请取消隐藏。",
        )
    ]


def _not_calculated(path: Path, source: str) -> list[Problem]:
    with zipfile.ZipFile(path) as archive:
        sheets = [part for part in archive.infolist() if SHEET.fullmatch(part.filename)]
        small = [part for part in sheets if part.file_size <= LARGEST_SHEET_BYTES]
        empty = sum(len(NOT_CALCULATED.findall(archive.read(part))) for part in small)
    if not empty:
        return []
    return [
        Problem(
            f"{source}: {empty} formulas have no stored result and are empty. Open it in Excel, WPS or LibreOffice and"
            " save it again.",
            f"{source}：有 {empty} 个公式没有保存计算结果，读出为空。请用 Excel、WPS 或 LibreOffice 打开后重新保存。",
        )
    ]
