"""CSV, and its kin with tabs."""

import csv
from pathlib import Path

from kit.problem import Problem
from rag.document import Block, Document
from rag.loaders.encoding import decode


def load_csv(path: Path, source: str, encoding: str | None = None) -> Document:
    """One table; its first row is the header."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    header_end = _end_of_first_row(text, source)
    blocks = [Block("table", 0, len(text), label=text[:header_end])] if text else []
    return Document(source, "", text, blocks, warnings=warnings)


def _end_of_first_row(text: str, source: str) -> int:
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines)
    try:
        next(reader, None)
    except csv.Error as error:
        raise Problem(
            f"{source} is not valid CSV: {error}.", f"{source} 不是有效的 CSV：{error}。"
        ) from error
    return sum(len(line) for line in lines[: reader.line_num])
