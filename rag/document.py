"""A loaded document: its text, and where its structure lies in that text."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

from kit.problem import Problem

Kind = Literal["heading", "text", "table", "code"]


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item, table or piece of code: characters `start` to `end` of the text.

    The blocks of a document follow each other without a gap. `level` is a heading's depth, from 1; `label` a
    heading's words, or the header row of a table.
    """

    kind: Kind
    start: int
    end: int
    level: int = 0
    label: str = ""


@dataclass(frozen=True)
class Document:
    """`page_starts` holds the first character of each page, or nothing for a format without pages.

    `metadata` is what the file says of itself, for filters; `warnings` what a reader must know of the text.
    """

    source: str
    title: str
    text: str
    blocks: list[Block]
    page_starts: list[int] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def page_at(self, offset: int) -> int | None:
        return bisect_right(self.page_starts, offset) or None if self.page_starts else None
