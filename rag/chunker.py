"""Documents into chunks that follow their structure."""

from collections.abc import Iterator
from dataclasses import dataclass

from rag.document import Block, Document
from rag.sentences import (
    CLAUSE_END,
    LINE_END,
    SENTENCE_END,
    WORD_END,
    estimate_tokens,
    even_packs,
    split_to_fit,
)

CHUNKER_VERSION = 1
CHUNK_TOKENS = 300
WINDOW_TOKENS = 60

CUTS = {
    "heading": (),
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
        return self._in_context(self.text)

    def windows(self) -> list[str]:
        """The chunk again in pieces of a sentence or two: what a question usually asks for."""
        spans = split_to_fit(self.text, 0, len(self.text), WINDOW_TOKENS, CUTS["text"])
        sizes = [estimate_tokens(self.text[start:end]) for start, end in spans]
        return [
            self._in_context(self.text[spans[first][0] : spans[last][1]])
            for first, last in even_packs(sizes, WINDOW_TOKENS)
        ]

    def texts(self) -> list[str]:
        """What is embedded: the chunk, then its windows if there is more than one."""
        windows = self.windows()
        return [self.in_context, *(windows if len(windows) > 1 else [])]

    def _in_context(self, text: str) -> str:
        return "\n".join(part for part in (self.context, self.table_header + text) if part)


@dataclass(frozen=True)
class Unit:
    """A stretch that is not cut any more, the headings above it, and how many of those it has inside."""

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
    pending: Block | None = None
    inside = 0
    for block in document.blocks:
        if block.kind == "heading":
            if section:
                yield section
                section = []
            stack = [above for above in stack if above.level < block.level] + [block]
            pending = pending or block
            inside = min(inside + 1, len(stack))
            continue
        path = tuple(heading.label for heading in stack)
        header = block.label if block.kind == "table" else ""
        for start, end in split_to_fit(document.text, block.start, block.end, budget, CUTS[block.kind]):
            if pending:
                start = pending.start
            at_table_top = start <= block.start
            tokens = estimate_tokens(document.text[start:end])
            section.append(Unit(start, end, tokens, path, inside, "" if at_table_top else header))
            pending, inside = None, 0
    if pending and pending.start < len(document.text):
        last = Unit(pending.start, len(document.text), 0, tuple(heading.label for heading in stack), inside)
        section.append(last)
    if section:
        yield section


def _chunk(document: Document, position: int, pack: list[Unit]) -> Chunk:
    first, last = pack[0], pack[-1]
    above = first.path[: len(first.path) - first.inside]
    if document.title and document.title not in first.path:
        above = (document.title, *above)
    return Chunk(
        position=position,
        text=document.text[first.start : last.end],
        start=first.start,
        end=last.end,
        heading=" › ".join(first.path),
        page=document.page_at(first.start),
        table_header=first.table_header,
        context=" › ".join(above),
    )
