"""Notebooks, by way of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.front_matter import front_matter
from rag.loaders.records import parsed_json
from rag.loaders.terminal import as_shown
from rag.loaders.text import fenced, joined, parse_markdown, parse_page
from rag.loaders.web.page import to_markdown

SHOWN = ("text/plain", "text/markdown", "text/html")
# What Python says of a value that is shown in another way, and of one that cannot be.
OBJECT = re.compile(r"<[^<>]*>")
ADDRESSES = re.compile(r"<Figure size [^<>]*>|\[?(?:<[^<>]* at 0x[0-9a-f]+>[,\s]*)+\]?")


def load_notebook(path: Path, source: str, encoding: str | None = None) -> Document:
    """The Markdown and the code of a notebook, and what the code printed."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    notebook = parsed_json(text, source)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Problem(
            f"{source} is no notebook of format 4. Open it in Jupyter and save it again.",
            f"{source} 不是第 4 版格式的 notebook，请用 Jupyter 打开后重新保存。",
        )
    language = _joined(_within(notebook, "metadata", "kernelspec").get("language"))
    cells = [cell for cell in cells if isinstance(cell, dict)]
    parts = [part for number, cell in enumerate(cells) for part in _cell(cell, language, number == 0)]
    parts = [f"{part}\n\n" for part in parts[:-1]] + [f"{part}\n" for part in parts[-1:]] or [""]
    pages = [parse_page(source, parts[0]), *(parse_markdown(source, part) for part in parts[1:])]
    return replace(joined(pages), warnings=warnings)


def _cell(cell: dict[str, Any], language: str, is_first: bool) -> Iterator[str]:
    written, kind = _joined(cell.get("source")), cell.get("cell_type")
    if written.strip() and kind == "code":
        yield fenced(written, language)
    elif written.strip():
        # A raw cell is no Markdown, but the first may be front matter.
        is_markdown = kind != "raw" or (is_first and front_matter(written)[1])
        yield written if is_markdown else fenced(written)
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            yield from _output(output)


def _output(output: dict[str, Any]) -> Iterator[str]:
    data = _within(output, "data")
    shown = {kind: _joined(value) for kind, value in data.items() if kind in SHOWN}
    printed = as_shown(_joined(output.get("text")) or shown.get("text/plain", ""))
    is_object = (len(data) > 1 and OBJECT.fullmatch(printed.strip())) or ADDRESSES.fullmatch(printed.strip())
    if output.get("output_type") == "error":
        yield fenced(f"{output.get('ename')}: {output.get('evalue')}")
    elif printed.strip() and not is_object:
        yield fenced(printed)
    elif shown.get("text/markdown", "").strip():
        yield shown["text/markdown"]
    elif said := to_markdown(shown.get("text/html", ""))[1]:
        yield said


def _within(record: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        inside = record.get(name)
        record = inside if isinstance(inside, dict) else {}
    return record


def _joined(lines: Any) -> str:
    """A text, or its lines; of what is neither, nothing: one odd cell must not cost the others."""
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
