"""Hits that are neighbours in one document, read as one passage."""

from dataclasses import dataclass
from typing import Self

from rag.chunker import Chunk
from rag.ledger import Version
from rag.passage import Passage

LONGEST_STRETCH = 3


@dataclass(frozen=True)
class Stretch:
    """Neighbouring chunks in the document's order; score and similarity are the best hit's."""

    chunks: list[Chunk]
    version: Version
    score: float
    similarity: float | None
    relevance: float | None

    def joined_to(self, better: list[Self], limit: int) -> list[Self]:
        """The list with this hit in it: as part of a neighbour that ranks better, else, up to `limit`, at its end."""
        for place, other in enumerate(better):
            if other._takes(self):
                return [*better[:place], other._with(self), *better[place + 1 :]]
        return [*better, self] if len(better) < limit else better

    def passage(self) -> Passage:
        first = self.chunks[0]
        text = "".join(chunk.text for chunk in self.chunks)
        start = first.start + len(text) - len(text.lstrip())
        text = text.strip()
        return Passage(
            text=first.table_header + text,
            source=self.version.source,
            title=self.version.title,
            heading=first.heading,
            page=first.page,
            start=start,
            end=start + len(text),
            score=self.score,
            similarity=self.similarity,
            relevance=self.relevance,
            metadata=self.version.metadata,
        )

    def _takes(self, hit: Self) -> bool:
        beside = hit.chunks[0].position in (self.chunks[0].position - 1, self.chunks[-1].position + 1)
        return beside and hit.version == self.version and len(self.chunks) < LONGEST_STRETCH

    def _with(self, hit: Self) -> Self:
        chunks = sorted([*self.chunks, *hit.chunks], key=lambda chunk: chunk.position)
        return type(self)(chunks, self.version, self.score, self.similarity, self.relevance)
