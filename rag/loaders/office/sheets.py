"""Workbooks and slides, by libraries of the extra `documents`."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.extra import library
from rag.loaders.text import parse_markdown

MOST_ROWS = 100_000


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
    return parse_markdown(source, "\n".join(parts), Path(source).stem)


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
            said.append(slide.notes_slide.notes_text_frame.text)
        if title or any(text.strip() for text in said):
            heading = " ".join(title.split()) or f"Slide {number}"
            parts.append("\n\n".join([f"# {heading}", *filter(str.strip, said)]) + "\n")
    return parse_markdown(source, "\n".join(parts))


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame:
        # A line of a slide is a paragraph, or an item of a list.
        yield "\n\n".join(paragraph.text for paragraph in shape.text_frame.paragraphs)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield _table(_cells(shape.table))
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        yield from _chart(shape.chart)
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


def _chart(chart: Any) -> Iterator[str]:
    """What was drawn as a table: a row a category, a column a series."""
    for plot in chart.plots:
        header = ["", *(series.name for series in plot.series)]
        columns = [list(plot.categories), *(series.values for series in plot.series)]
        yield _table([header, *zip_longest(*columns, fillvalue="")])


def _table(rows: Sequence[Sequence[Any]]) -> str:
    wide = max(len(row) for row in rows)
    lines = ["| " + " | ".join([*map(_cell, row), *[""] * (wide - len(row))]) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * wide)
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str("" if value is None else value).split()).replace("|", "\\|")
