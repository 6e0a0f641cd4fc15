"""CSV, and its kin with tabs."""

import csv
import io
from pathlib import Path

from rag.document import Block, Document
from rag.loaders.encoding import decode

DELIMITERS = ",;\t|"
# Python's own limit refuses a cell with a longer text in it.
csv.field_size_limit(2**31 - 1)


def load_csv(path: Path, source: str, encoding: str | None = None) -> Document:
    """A table; its first row is the header. Each record is a block: a cell may hold line ends."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    ends = _ends_of_records(text)
    header = text[: ends[0]] if ends else ""
    blocks = [Block("table", start, end, label=header) for start, end in zip([0, *ends], ends, strict=False)]
    return Document(source, "", text, blocks, warnings=warnings)


def _ends_of_records(text: str) -> list[int]:
    """Empty lines go with the record before them."""
    lines = io.StringIO(text, newline="\n").readlines()
    delimiter = max(DELIMITERS, key=lines[0].count) if lines else ","
    reader = csv.reader(lines, delimiter=delimiter)
    ends: list[int] = []
    end = read = 0
    for record in reader:
        end += sum(map(len, lines[read : reader.line_num]))
        read = reader.line_num
        if record or not ends:
            ends.append(end)
        else:
            ends[-1] = end
    return ends
