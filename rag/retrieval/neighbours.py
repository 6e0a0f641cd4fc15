"""The best chunks as passages: hits that are neighbours in one document are merged into one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from rag.files.source import shown
from rag.passage import Passage
from rag.retrieval.ranking import Rankings
from rag.retrieval.selection import Ranking
from rag.retrieval.versions import newest_first
from rag.store.documents import DocumentStore
from rag.store.records import WRITTEN_IN, Version
from rag.text.chunker import Chunk

# As much as TOP_K chunks side by side: a passage longer than what all would be pushes the others out of the prompt.
MOST_MERGED = 3
# Nearer than this is what answers, nearly always: then the other languages of the index need not be read as well.
LEAST_NEAR = 0.25


def best_passages(rankings: Rankings, top_k: int, documents: DocumentStore) -> list[Passage]:
    """The `top_k` best of the fused ranking."""
    best: list[MergedNeighbours] = []
    # Merging needs some more than are asked for.
    for hit in _hits(rankings, rankings.fused[: top_k * MOST_MERGED], documents):
        best = hit.merged_into(best, top_k)
    if max((each.relevance or 0.0 for each in best), default=0.0) < LEAST_NEAR:
        best = _with_the_other_language(best, top_k, rankings, documents)
    return newest_first([each.passage() for each in best])


def _with_the_other_language(
    best: list["MergedNeighbours"], top_k: int, rankings: Rankings, documents: DocumentStore
) -> list["MergedNeighbours"]:
    """With the nearest chunk in a language of which there is none, in the last place."""
    languages = {each.language for each in best}
    for hit in _hits(rankings, rankings.dense, documents):
        if hit.language not in languages:
            return [*best[: top_k - 1], hit]
    return best


def _hits(rankings: Rankings, ranking: Ranking, documents: DocumentStore) -> Iterator["MergedNeighbours"]:
    for key, score in ranking:
        if key in (found := documents.read([key])):
            chunk, version = found[key]
            similarity, relevance = rankings.similarities.get(key), rankings.relevances.get(key)
            yield MergedNeighbours([chunk], version, score, similarity, relevance)


@dataclass(frozen=True)
class MergedNeighbours:
    """One chunk or several that follow each other in a document; score and similarity are the best hit's."""

    chunks: list[Chunk]
    version: Version
    score: float
    similarity: float | None
    relevance: float | None

    def merged_into(self, better: list[Self], limit: int) -> list[Self]:
        """The list with this hit in it: as part of a neighbour that ranks better, else, up to `limit`, at its end."""
        for place, other in enumerate(better):
            if other._takes(self):
                return [*better[:place], other._with(self), *better[place + 1 :]]
        return [*better, self] if len(better) < limit else better

    @property
    def language(self) -> str:
        return str(self.version.metadata.get(WRITTEN_IN, ""))

    def passage(self) -> Passage:
        whole = self._passage(self.chunks)
        if len(self.chunks) == 1:
            return whole
        return replace(whole, parts=tuple(self._passage([chunk]) for chunk in self.chunks))

    def _passage(self, chunks: list[Chunk]) -> Passage:
        first = chunks[0]
        text = "".join(chunk.text for chunk in chunks)
        start = first.start + len(text) - len(text.lstrip())
        text = text.strip()
        return Passage(
            text=first.table_header + text,
            source=shown(self.version.source),
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
        return beside and hit.version == self.version and len(self.chunks) < MOST_MERGED

    def _with(self, hit: Self) -> Self:
        chunks = sorted([*self.chunks, *hit.chunks], key=lambda chunk: chunk.position)
        return type(self)(chunks, self.version, self.score, self.similarity, self.relevance)
