"""The outline of a PDF, whose entries become headings."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from pypdf import PdfReader

from rag.document import Block
from rag.loaders.pdf.page import Page

MOST_ENTRIES = 20_000
LONGEST_TITLE = 300


class Entry(NamedTuple):
    """Page index, depth from 1, and the height it points at, in points from the bottom."""

    page: int
    level: int
    title: str
    top: float | None


def entries(reader: PdfReader, outline: list[Any], level: int = 1) -> list[Entry]:
    found: list[Entry] = []
    for item in outline[:MOST_ENTRIES]:
        if isinstance(item, list):
            found += entries(reader, item, level + 1)
        else:
            # One that points nowhere must not cost the others.
            with suppress(Exception):
                page = reader.get_destination_page_number(item)
                top = float(item.top) if isinstance(item.top, (int, float)) else None
                if page is not None and page >= 0:
                    found.append(Entry(page, level, " ".join(str(item.title).split())[:LONGEST_TITLE], top))
    return found


def headings(outline: list[Entry], pages: list[Page], page_starts: list[int]) -> list[Block]:
    """In the order in which they stand. Of places where the words of one are, the first behind the one before it in
    the outline is its own."""
    if len(outline) > 1 and len(pages) > 1 and len({entry.page for entry in outline}) == 1:
        outline = list(_found_by_words(outline, pages))
    found: list[Block] = []
    read_to: dict[int, int] = {}
    taken: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for entry in outline:
        start, end = next(
            (start, end)
            for start, end in pages[entry.page].places(entry.title, entry.top, read_to.get(entry.page, 0))
            if not any(start < last and first < end for first, last in taken[entry.page])
        )
        read_to[entry.page] = end
        if start < end:
            taken[entry.page].append((start, end))
        at = page_starts[entry.page]
        found.append(Block("heading", at + start, at + end, entry.level, entry.title))
    return sorted(found, key=lambda heading: heading.start)


def _found_by_words(outline: list[Entry], pages: list[Page]) -> Iterator[Entry]:
    """Programs that split or join files leave all entries pointing at one page: the others would stand under the
    last. Where the words of one begin a line, that is its place, and those without one are left out."""
    begin = 0
    for entry in outline:
        number = next((at for at in range(begin, len(pages)) if pages[at].begins_line(entry.title)), None)
        if number is not None:
            yield entry._replace(page=number, top=None)
            begin = number


def interrupted(blocks: list[Block], headings: list[Block]) -> list[Block]:
    """The blocks with the headings in between, and every character in one of them."""
    cuts = sorted({place for heading in headings for place in (heading.start, heading.end)})
    pieces = []
    for block in blocks:
        inside = cuts[bisect_right(cuts, block.start) : bisect_left(cuts, block.end)]
        pieces += [Block("text", start, end) for start, end in pairwise([block.start, *inside, block.end])]
    spans = sorted((heading.start, heading.end) for heading in headings)
    starts, ends = [start for start, _ in spans], list(accumulate((end for _, end in spans), max))

    def is_heading(piece: Block) -> bool:
        before = bisect_right(starts, piece.start)
        return before > 0 and piece.end <= ends[before - 1]

    pieces = [piece for piece in pieces if not is_heading(piece)]
    # Sorting keeps the outline's order among headings at one place.
    return sorted([*headings, *pieces], key=lambda block: (block.start, block.kind != "heading"))
