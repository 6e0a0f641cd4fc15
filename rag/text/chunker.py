"""Documents into chunks that follow their structure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.document import Block, Document
from rag.text.sentences import (
    CLAUSE_END,
    LINE_END,
    SENTENCE_END,
    WORD_END,
    estimate_tokens,
    even_packs,
    fits,
    shorten,
    split_to_fit,
)

CHUNKER_VERSION = 3
CHUNK_TOKENS = 300
WINDOW_TOKENS = 60
# What stands before a text that is embedded, a window or a whole chunk, must not push it out of the 512 tokens that
# models read: of words that are none, which take half as many again as these estimates, they read so much.
WHOLE_TOKENS = 316
PATH_TOKENS = 60
LABEL_TOKENS = 24
HEADER_TOKENS = 60
PATH_SEPARATOR = " › "

CUTS = {
    "heading": (SENTENCE_END, LINE_END, CLAUSE_END, WORD_END),
    "text": (SENTENCE_END, LINE_END, CLAUSE_END, WORD_END),
    "table": (LINE_END, CLAUSE_END, WORD_END),
    "code": (LINE_END, WORD_END),
}


@dataclass(frozen=True)
class Chunk:
    """Characters `start` to `end` of the document; the chunks of a document, joined, are its text again."""

    position: int
    text: str
    start: int
    end: int
    heading: str
    page: int | None
    table_header: str
    context: str

    @property
    def in_context(self) -> str:
        """The text that is embedded and indexed: what it takes to understand the chunk, then its own."""
        return self.with_context(self.text)

    def windows(self) -> list[str]:
        """The chunk again in pieces of a sentence or two: what a question usually asks for."""
        spans = split_to_fit(self.text, 0, len(self.text), WINDOW_TOKENS, CUTS["text"])
        sizes = [estimate_tokens(self.text[start:end]) for start, end in spans]
        return [
            self.with_context(self.text[spans[first][0] : spans[last][1]])
            for first, last in even_packs(sizes, WINDOW_TOKENS)
        ]

    def texts(self) -> list[str]:
        """What is embedded: the chunk, then its windows if there is more than one."""
        windows = self.windows()
        return [self.in_context, *(windows if len(windows) > 1 else [])]

    def with_context(self, text: str) -> str:
        """A part of the chunk behind its path and its table's header, as much of them as there is room for."""
        context, room = self.context, WHOLE_TOKENS - estimate_tokens(text)
        while context and not fits(context, room):
            _, _, context = context.partition(PATH_SEPARATOR)
        header = shorten(self.table_header, min(HEADER_TOKENS, room - estimate_tokens(context)))
        if header and not header.endswith("\n"):
            header += "\n"
        return "\n".join(part for part in (context, header + text) if part)


@dataclass(frozen=True)
class Unit:
    """A piece of text that is not cut any more, the headings above it, and how many of those it has inside."""

    start: int
    end: int
    tokens: float
    path: tuple[str, ...]
    inside: int = 0
    table_header: str = ""


def chunk(document: Document, budget: int = CHUNK_TOKENS) -> list[Chunk]:
    """Pack the units of each section into chunks of about equal size, of `budget` tokens or fewer."""
    packs = [
        section[first : last + 1]
        for section in _sections(document, budget)
        for first, last in even_packs([unit.tokens for unit in section], budget)
    ]
    return [_chunk(document, position, pack) for position, pack in enumerate(packs)]


def _sections(document: Document, budget: float) -> Iterator[list[Unit]]:
    """The units under one heading each; headings without text of their own go with the next section."""
    stack: list[Block] = []
    section: list[Unit] = []
    waiting: list[Unit] = []
    for block in document.blocks:
        pieces = split_to_fit(document.text, block.start, block.end, budget, CUTS[block.kind])
        # The headings of a PDF's outline stand at a place, but not always in its text.
        pieces = [(start, end) for start, end in pieces if start < end]
        if block.kind == "heading":
            if section:
                yield section
                section = []
            stack = [above for above in stack if above.level < block.level] + [block]
            units = [_unit(document, start, end, stack, int(bool(block.label))) for start, end in pieces]
            if waiting and _tokens([*waiting, *units]) > budget:
                yield waiting
                waiting = []
            waiting += units
            continue
        for start, end in pieces:
            begins = block.kind != "table" or document.text.startswith(block.label, start)
            header = "" if begins else block.label
            unit = _unit(document, start, end, stack, table_header=header)
            if waiting and _tokens([*waiting, unit]) <= budget:
                inside = sum(above.inside for above in waiting)
                unit = _unit(document, waiting[0].start, end, stack, inside)
            else:
                section += waiting
            section.append(unit)
            waiting = []
    if section := section + waiting:
        yield section


def _unit(
    document: Document, start: int, end: int, stack: list[Block], inside: int = 0, table_header: str = ""
) -> Unit:
    # One without words ends those of its level: what follows stands under none of them.
    labels = [" ".join(heading.label.split()) for heading in stack]
    path = tuple(shorten(label, LABEL_TOKENS) for label in labels if label)
    if not fits(table_header, CHUNK_TOKENS):
        table_header = ""
    return Unit(start, end, estimate_tokens(document.text[start:end]), path, inside, table_header)


def _tokens(units: list[Unit]) -> float:
    return sum(unit.tokens for unit in units)


def _chunk(document: Document, position: int, pack: list[Unit]) -> Chunk:
    first, last = pack[0], pack[-1]
    above = first.path[: max(0, len(first.path) - first.inside)]
    title = shorten(" ".join(document.title.split()), LABEL_TOKENS)
    if title and title not in first.path:
        above = (title, *above)
    return Chunk(
        position=position,
        text=document.text[first.start : last.end],
        start=first.start,
        end=last.end,
        heading=_joined(first.path),
        page=document.page_at(first.start),
        table_header=first.table_header,
        context=_joined(above),
    )


def _joined(path: Sequence[str]) -> str:
    """The path within its budget: where it is too long, without the outermost headings."""
    joined = PATH_SEPARATOR.join(path)
    while not fits(joined, PATH_TOKENS):
        path = path[1:]
        joined = PATH_SEPARATOR.join(("…", *path))
    return joined
