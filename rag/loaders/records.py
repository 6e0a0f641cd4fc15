"""JSON and JSON lines, by way of Markdown."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.terminal import without_escapes
from rag.loaders.text import guarded, parse_markdown

# Outside of texts in quotes.
COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
LAST_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')
# Deeper than this, nested values are said in one line.
MOST_LEVELS = 4
# The server, which reads documents too, lets Python take no longer ones; nobody calculates with them.
MOST_DIGITS = 640
# What says nothing; 0 and false do.
NOTHING: tuple[Any, ...] = (None, "", [], {})


def load_json(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each field as a line "name: value"; each object of a list under a heading of its own."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    try:
        said = _said(parsed_json(text, source), 1)
    except Problem:
        # Many programs call a file of JSON lines so.
        if not _is_json(text.lstrip().partition("\n")[0]):
            raise
        said = _said(_records(text, source, warnings), 1)
    return _document(source, said, warnings)


def load_json_lines(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each line a record; one that is broken, as the last of a file that was cut off, is left out and told."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    return _document(source, _said(_records(text, source, warnings), 1), warnings)


def parsed_json(text: str, source: str) -> Any:
    """The value, also where an editor allowed comments, and commas behind the last entry."""
    try:
        return without_escapes(_value(text))
    except ValueError as error:
        with suppress(ValueError):
            return without_escapes(_value(LAST_COMMA.sub(r"\1", COMMENT.sub(r"\1", text))))
        raise Problem(
            f"{source} is not valid JSON: {error}.", f"{source} 不是有效的 JSON：{error}。"
        ) from error


def _records(text: str, source: str, warnings: list[Problem]) -> list[Any]:
    records: list[Any] = []
    broken: list[tuple[int, Problem]] = []
    # Not splitlines: the text of a record may hold the line separators of Unicode.
    for number, line in enumerate(text.split("\n"), 1):
        try:
            records += [parsed_json(line, source)] if line.strip() else []
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
    return records


def _document(source: str, said: Iterator[str], warnings: list[Problem]) -> Document:
    markdown = "\n".join(said)
    # The first record's name is not the name of the others.
    document = parse_markdown(source, markdown + "\n" if markdown.strip() else "", Path(source).stem)
    return replace(document, warnings=warnings)


def _is_json(line: str) -> bool:
    try:
        return isinstance(_value(line), dict | list)
    except ValueError:
        return False


def _value(text: str) -> Any:
    return json.loads(text, parse_int=_number)


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _said(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, dict):
        flat = {name: each for name, each in value.items() if not isinstance(each, dict | list)}
        yield from (_item(f"{name}: {_plain(each)}") for name, each in flat.items() if each not in NOTHING)
        for name, each in value.items():
            if name not in flat and each:
                yield from _nested(str(name), each, level)
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            if each in NOTHING:
                continue
            if isinstance(each, dict | list):
                yield from _nested(_name(each) or str(number), each, level)
            else:
                yield _item(_plain(each))
    elif value not in NOTHING:
        yield guarded(_plain(value))


def _nested(name: str, value: Any, level: int) -> Iterator[str]:
    if level > MOST_LEVELS:
        yield _item(f"{name}: {_plain(value)}")
        return
    yield f"\n{'#' * level} {' '.join(name.split())}\n"
    yield from _said(value, level + 1)


def _name(record: Any) -> str:
    names = ("name", "title", "id", "名称", "标题", "编号")
    return next(
        (str(record[name]) for name in names if isinstance(record, dict) and record.get(name) not in NOTHING),
        "",
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _item(said: str) -> str:
    return f"- {guarded(said)}"
