"""JSON, JSON lines and notebooks, by way of Markdown."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encoding import decode
from rag.loaders.text import parse_markdown

# Deeper than this, nested values are said in one line.
MOST_LEVELS = 4
FENCE = re.compile(r"`{3,}")


def load_json(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each field as a line "name: value"; each object of a list under a heading of its own."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    markdown = "\n".join(_said(_parsed(text, source), 1))
    return replace(parse_markdown(source, markdown + "\n" if markdown.strip() else ""), warnings=warnings)


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
    return replace(parse_markdown(source, "\n".join(_said(records, 1)) + "\n"), warnings=warnings)


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
    parts = [part for cell in cells if isinstance(cell, dict) for part in _cell(cell, language)]
    return replace(parse_markdown(source, "\n\n".join(parts) + "\n" if parts else ""), warnings=warnings)


def _cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    written = _joined(cell.get("source", ""))
    if not written.strip():
        return
    if cell.get("cell_type") != "code":
        yield written
        return
    yield _fenced(written, language)
    for output in cell.get("outputs") or []:
        printed = _joined(output.get("text") or _within(output, "data").get("text/plain") or "")
        if printed.strip():
            yield _fenced(printed)


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
