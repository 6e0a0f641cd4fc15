"""What a search returns."""

from dataclasses import dataclass, field
from typing import Any

from rag.store.records import DATED
from rag.text.words import content_words, share_of, words

# How many a model reads, unless told otherwise. `python -m rag evaluate` prints how often the one that answers is among
# them: on XQuAD for 200 of 200 questions in English, 197 in Chinese. One more costs a CPU up to 900 tokens of prefill.
TOP_K = 3


@dataclass(frozen=True)
class Passage:
    """A part of one document, `start` to `end` in characters of the loaded text.

    `score` orders the passages of one search and means nothing across searches. `similarity` is the cosine of
    question and passage, `relevance` the same on a scale from 0, what unrelated questions get in this index, to 1,
    the same text; both are None where only the word search found the passage. The text begins with the header
    row where it is cut from a table. `parts` are the chunks of one that is joined, each under its own heading.
    """

    text: str
    source: str
    title: str
    heading: str
    page: int | None
    start: int
    end: int
    score: float = 0.0
    similarity: float | None = None
    relevance: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    parts: tuple["Passage", ...] = ()

    @property
    def date(self) -> str:
        """When the document is of, by what it says of itself: "2026-02-10" or its beginning, or nothing."""
        return str(self.metadata.get(DATED, ""))

    @property
    def citation(self) -> str:
        """Where it stands, for a reader: file, page, heading."""
        page = f"p. {self.page}" if self.page else ""
        return " · ".join(part for part in (self.source, page, self.heading) if part)

    def citation_of(self, statement: str) -> str:
        """Where the part of it stands that holds most of the statement's words."""
        wanted = content_words(statement)
        best = max(self.parts, key=lambda part: share_of(wanted, set(words(part.text))), default=self)
        return best.citation

    @property
    def words(self) -> set[str]:
        """Those of its text and of the headings above it."""
        return set(words(f"{self.title} {self.heading} {self.text}"))
