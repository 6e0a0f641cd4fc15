"""Workbooks and slides, by libraries of the extra `documents`."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.extra import library
from rag.loaders.office.chart import tables
from rag.loaders.text import guarded, parse_markdown

MOST_ROWS = 100_000
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
LARGEST_SHEET_BYTES = 100_000_000
# A formula in a cell without its result. Excel stores an empty one for what gives an empty text.
NOT_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*><(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


def load_workbook(path: Path, source: str, _: str | None = None) -> Document:
    """Each sheet under its name, as a table whose first row is the header."""
    workbook = library("python_calamine", source).CalamineWorkbook.from_path(path)
    parts = []
    for name in workbook.sheet_names:
        rows = [row for row in _rows(workbook.get_sheet_by_name(name)) if any(cell != "" for cell in row)]
        if len(rows) > MOST_ROWS:
            raise Problem(
                f"{source}: sheet {name} has more than {MOST_ROWS} rows. Save what matters as CSV.",
                f"{source}：工作表 {name} 超过 {MOST_ROWS} 行，请把需要的部分另存为 CSV。",
            )
        if rows:
            parts.append(f"# {name}\n\n{_table(rows)}")
    # A sheet's name is not the name of the others.
    document = parse_markdown(source, "\n".join(parts), Path(source).stem)
    return replace(document, warnings=_not_calculated(path, source))


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


def _rows(sheet: Any) -> list[list[Any]]:
    """What stands in merged cells stands in each of them."""
    rows = [list(row) for row in sheet.iter_rows()]
    # Rows come from the sheet's first, columns from the first that holds something.
    _, before = sheet.start or (0, 0)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        merged = slice(max(left - before, 0), right - before + 1)
        reached = rows[top : bottom + 1]
        said = reached[0][merged][:1] if reached else []
        for row in reached if said else ():
            row[merged] = said * len(row[merged])
    return rows


def load_slides(path: Path, source: str, _: str | None = None) -> Document:
    """Each slide under its title: what its shapes say, tables, and the speaker's notes."""
    slides = library("pptx", source).Presentation(str(path)).slides
    parts = []
    for number, slide in enumerate(slides, 1):
        title = slide.shapes.title.text.strip() if slide.shapes.title is not None else ""
        said = [text for shape in slide.shapes if shape != slide.shapes.title for text in _shape(shape)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            said.append(guarded(slide.notes_slide.notes_text_frame.text))
        if title or any(text.strip() for text in said):
            heading = " ".join(title.split()) or f"Slide {number}"
            parts.append("\n\n".join([f"# {heading}", *filter(str.strip, said)]) + "\n")
    return parse_markdown(source, "\n".join(parts))


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame:
        # A line of a slide is a paragraph, or an item of a list.
        yield "\n\n".join(guarded(paragraph.text) for paragraph in shape.text_frame.paragraphs)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield _table(_cells(shape.table))
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        yield from map(_table, tables(shape.chart))
    for part in getattr(shape, "shapes", ()):
        yield from _shape(part)


def _cells(table: Any) -> list[list[str]]:
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    for top, row in enumerate(table.rows):
        for left, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for below in rows[top : top + cell.span_height]:
                    below[left : left + cell.span_width] = [cell.text] * cell.span_width
    return rows


def _table(rows: Sequence[Sequence[Any]]) -> str:
    wide = max(len(row) for row in rows)
    lines = ["| " + " | ".join([*map(_cell, row), *[""] * (wide - len(row))]) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * wide)
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str("" if value is None else value).split()).replace("|", "\\|")
