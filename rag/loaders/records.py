"""JSON, JSON lines and notebooks, by way of Markdown."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encoding import decode
from rag.loaders.front_matter import front_matter
from rag.loaders.text import parse_markdown
from rag.loaders.web.page import parse_html

# Deeper than this, nested values are said in one line.
MOST_LEVELS = 4
FENCE = re.compile(r"`{3,}")
SHOWN = ("text/plain", "text/markdown", "text/html")
# What Python says of a value that is shown in another way.
OBJECT = re.compile(r"<[^<>]*>")


def load_json(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each field as a line "name: value"; each object of a list under a heading of its own."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    markdown = "\n".join(_said(_parsed(text, source), 1))
    # The first record's name is not the name of the others.
    return replace(
        parse_markdown(source, markdown + "\n" if markdown.strip() else "", Path(source).stem),
        warnings=warnings,
    )


def load_json_lines(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each line a record; one that is broken, as the last of a file that was cut off, is left out and told."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    records: list[Any] = []
    broken: list[tuple[int, Problem]] = []
    # Not splitlines: the text of a record may hold the line separators of Unicode.
    for number, line in enumerate(text.split("\n"), 1):
        try:
            records += filter(None, [_parsed(line, source)]) if line.strip() else []
        except Problem as problem:
            broken.append((number, problem))
    if broken and not records:
        raise broken[0][1]
    if broken:
        numbers = ", ".join(str(number) for number, _ in broken[:10]) + ("…" if len(broken) > 10 else "")
        warnings.append(
            Problem(
                f"{source}: line {numbers} is not valid JSON and was left out.",
                f"{source}：第 {numbers} 行不是有效的 JSON，已略去。",
            )
        )
    return replace(
        parse_markdown(source, "\n".join(_said(records, 1)) + "\n", Path(source).stem), warnings=warnings
    )


def load_notebook(path: Path, source: str, encoding: str | None = None) -> Document:
    """The Markdown and the code of a notebook, and what the code printed."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    notebook = _parsed(text, source)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Problem(
            f"{source} is no notebook of format 4. Open it in Jupyter and save it again.",
            f"{source} 不是第 4 版格式的 notebook，请用 Jupyter 打开后重新保存。",
        )
    language = _within(notebook, "metadata", "kernelspec").get("language", "")
    cells = [cell for cell in cells if isinstance(cell, dict)]
    parts = [part for number, cell in enumerate(cells) for part in _cell(cell, language, number == 0)]
    markdown = "\n\n".join(parts) + "\n" if parts else ""
    metadata, begin = front_matter(markdown)
    document = parse_markdown(source, markdown, metadata.get("title", ""), begin)
    return replace(document, metadata=metadata, warnings=warnings)


def _cell(cell: dict[str, Any], language: str, is_first: bool) -> Iterator[str]:
    written, kind = _joined(cell.get("source", "")), cell.get("cell_type")
    if written.strip() and kind == "code":
        yield _fenced(written, language)
    elif written.strip():
        # A raw cell is no Markdown, but the first may be front matter.
        is_markdown = kind != "raw" or (is_first and front_matter(written)[1])
        yield _closed(written) if is_markdown else _fenced(written)
    for output in cell.get("outputs") or []:
        yield from _output(output)


def _output(output: dict[str, Any]) -> Iterator[str]:
    shown = {kind: _joined(value) for kind, value in _within(output, "data").items() if kind in SHOWN}
    printed = _joined(output.get("text") or "") or shown.get("text/plain", "")
    if output.get("output_type") == "error":
        yield _fenced(f"{output.get('ename')}: {output.get('evalue')}")
    elif printed.strip() and not (len(shown) > 1 and OBJECT.fullmatch(printed.strip())):
        yield _fenced(printed)
    elif shown.get("text/markdown", "").strip():
        yield _closed(shown["text/markdown"])
    elif said := parse_html("", shown.get("text/html", "")).text.strip():
        yield said


def _closed(markdown: str) -> str:
    """With an end for a fence that has none: it would go on over the cells that follow."""
    last = MarkdownIt("commonmark").parse(f"{markdown}\n\n# After")[-1]
    return f"{markdown}\n{last.markup}" if last.type == "fence" else markdown


def _fenced(code: str, language: str = "") -> str:
    fence = max(["``", *FENCE.findall(code)], key=len) + "`"
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def _within(record: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        record = record.get(name) or {}
    return record


def _joined(lines: list[str] | str) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _parsed(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Problem(
            f"{source} is not valid JSON: {error}.", f"{source} 不是有效的 JSON：{error}。"
        ) from error


def _said(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, dict):
        flat = {name: each for name, each in value.items() if not isinstance(each, dict | list)}
        yield from (f"- {name}: {_plain(each)}" for name, each in flat.items() if each not in (None, ""))
        for name, each in value.items():
            if name not in flat and each:
                yield from _nested(str(name), each, level)
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            if isinstance(each, dict | list):
                yield from _nested(_name(each) or str(number), each, level)
            else:
                yield f"- {_plain(each)}"
    else:
        yield _plain(value)


def _nested(name: str, value: Any, level: int) -> Iterator[str]:
    if level > MOST_LEVELS:
        yield f"- {name}: {json.dumps(value, ensure_ascii=False)}"
        return
    yield f"\n{'#' * level} {' '.join(name.split())}\n"
    yield from _said(value, level + 1)


def _name(record: Any) -> str:
    names = ("name", "title", "id", "名称", "标题", "编号")
    return next((str(record[name]) for name in names if isinstance(record, dict) and record.get(name)), "")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
