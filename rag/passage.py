"""What retrieval returns."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Passage:
    """A stretch of one document, `start` to `end` in characters of the loaded text.

    `score` orders the passages of one search and means nothing across searches. `similarity` is the cosine of
    question and passage, `relevance` the same on a scale from 0, what unrelated questions get in this index, to 1,
    the same text; both are None where only the word search found the passage. The text begins with the header
    row where it is cut from a table.
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

    @property
    def citation(self) -> str:
        """Where it stands, for a reader: file, page, heading."""
        page = f"p. {self.page}" if self.page else ""
        return " · ".join(part for part in (self.source, page, self.heading) if part)
