"""Slides, by a library of the extra `documents`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.document import Document
from rag.loaders.extra import library
from rag.loaders.office import chart, diagram
from rag.loaders.office.equation import in_line, local_name
from rag.loaders.office.grid import table
from rag.loaders.text import guarded, parse_markdown

MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def load_slides(path: Path, source: str, _: str | None = None) -> Document:
    """Each slide under its title: what its shapes say, tables, and the speaker's notes."""
    slides = library("pptx", source).Presentation(str(path)).slides
    parts = []
    for number, slide in enumerate(slides, 1):
        _simplify(slide.element)
        title = slide.shapes.title.text.strip() if slide.shapes.title is not None else ""
        said = [text for shape in slide.shapes if shape != slide.shapes.title for text in _shape(shape)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            said.append(guarded(slide.notes_slide.notes_text_frame.text))
        if title or any(text.strip() for text in said):
            heading = " ".join(title.split()) or f"Slide {number}"
            parts.append("\n\n".join([f"# {heading}", *filter(str.strip, said)]) + "\n")
    return parse_markdown(source, "\n".join(parts))


def _simplify(slide: Any) -> None:
    """What the library passes over, as what it reads: of a shape's versions for newer and older programs the newest,
    and equations as text."""
    for element in list(slide.iter()):
        parent = element.getparent()
        if local_name(element) == "AlternateContent" and len(element):
            for shape in list(element[0]):
                element.addprevious(shape)
            parent.remove(element)
        elif local_name(element) == "m" and local_name(parent) == "p":
            run = parent.makeelement(f"{MAIN}r")
            run.append(run.makeelement(f"{MAIN}t"))
            run[0].text = " ".join(map(in_line, element))
            parent.replace(element, run)


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame:
        # A line of a slide is a paragraph, or an item of a list.
        yield "\n\n".join(guarded(paragraph.text) for paragraph in shape.text_frame.paragraphs)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield table(_cells(shape.table))
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        yield from map(guarded, chart.titles(shape.chart))
        yield from map(table, chart.tables(shape.chart))
    else:
        yield from map(guarded, _diagram(shape))
    for part in getattr(shape, "shapes", ()):
        yield from _shape(part)


def _diagram(shape: Any) -> Iterator[str]:
    for data in shape.element.xpath("./a:graphic/a:graphicData/*[local-name()='relIds']/@r:dm"):
        if data in shape.part.rels:
            yield from diagram.lines(shape.part.related_part(data).blob)


def _cells(table: Any) -> list[list[str]]:
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    for top, row in enumerate(table.rows):
        for left, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for below in rows[top : top + cell.span_height]:
                    below[left : left + cell.span_width] = [cell.text] * cell.span_width
    return rows
