"""CSV, and its kin with tabs."""

import csv
import io
import re
from pathlib import Path

from rag.document import Block, Document
from rag.loaders.encodings.decode import decode

DELIMITERS = ",;\t|"
# Empty lines, and the one in which Excel wants to be told what stands between cells.
HEAD = re.compile(r"(?:[ \t]*\r?\n)*(?:sep=(?P<delimiter>[^\r\n])\r?\n)?", re.IGNORECASE)
# Python's own limit refuses a cell with a longer text in it.
csv.field_size_limit(2**31 - 1)


def load_csv(path: Path, source: str, encoding: str | None = None) -> Document:
    """A table; its first row is the header. Each record is a block: a cell may hold line ends."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    head = HEAD.match(text)
    assert head
    ends = _ends_of_records(text, head.end(), head["delimiter"])
    header = text[head.end() : ends[0]] if ends else ""
    places = zip([0, *ends], ends, strict=False)
    blocks = [Block("table", start, end, label=header) for start, end in places]
    return Document(source, "", text, blocks, warnings=warnings)


def _ends_of_records(text: str, begin: int, delimiter: str | None) -> list[int]:
    """Empty lines go with the record before them."""
    lines = io.StringIO(text[begin:], newline="\n").readlines()
    delimiter = delimiter or (max(DELIMITERS, key=lines[0].count) if lines else ",")
    reader = csv.reader(lines, delimiter=delimiter)
    ends: list[int] = []
    end, read = begin, 0
    for record in reader:
        end += sum(map(len, lines[read : reader.line_num]))
        read = reader.line_num
        if record or not ends:
            ends.append(end)
        else:
            ends[-1] = end
    return ends
