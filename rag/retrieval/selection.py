"""The part of the stored vectors that a search may find."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

from kit.language import Language
from rag.embedder import Vectors
from rag.store.documents import DocumentStore
from rag.store.records import Key

Ranking = list[tuple[Key, float]]
Search = Callable[[Vectors, int, Sequence[str] | None], Ranking]

# A condition costs Chroma the longer the more chunks meet it, and in a large index longer than all the rest. Where this
# share meets it or more, looking deeper and dropping the others is faster.
LEAST_SHARE_TO_SIFT = 0.1
# What a killed ingest has left behind is little beside the rest.
DEEPER_FOR_DEAD = 2


@dataclass(frozen=True)
class Selection:
    """`versions` are those that were asked for, or None for all; `share` is their part of all live chunks."""

    versions: Sequence[str] | None
    dead: Collection[str]
    share: float

    @classmethod
    def of(cls, versions: Sequence[str] | None, documents: DocumentStore) -> Self:
        share = 1.0 if versions is None else documents.chunks_of(versions) / max(1, documents.counts()[1])
        return cls(versions, set(documents.dead_versions()), share)

    @classmethod
    def in_language(
        cls, language: Language, versions: Sequence[str] | None, documents: DocumentStore
    ) -> Self | None:
        """The documents among `versions`, or all, that are written in a language; None if there are none."""
        written = documents.live_versions(language=language)
        if versions is None:
            whole = len(written) == documents.counts()[0]
            return cls.of(None if whole else written, documents) if written else None
        chosen = set(versions)
        narrowed = [version for version in written if version in chosen]
        return cls.of(narrowed, documents) if narrowed else None

    def nearest(self, search: Search, vector: Vectors, deep: int) -> Ranking:
        """The `deep` best hits of a search of the vector store that are in the selection."""
        if self.versions is None:
            depth = deep * (DEEPER_FOR_DEAD if self.dead else 1)
            return [hit for hit in search(vector, depth, None) if hit[0][0] not in self.dead]
        if self.share >= LEAST_SHARE_TO_SIFT:
            wanted = set(self.versions)
            sifted = [
                hit for hit in search(vector, math.ceil(2 * deep / self.share), None) if hit[0][0] in wanted
            ]
            if len(sifted) >= deep:
                return sifted[:deep]
        return search(vector, deep, self.versions)
