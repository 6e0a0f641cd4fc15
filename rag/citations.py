"""The `[n]` in an answer: none may name a passage that was not shown."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.passage import Passage

CITATION = re.compile(r"[\[【]\s*(\d+(?:\s*[,，、]\s*\d+)*)\s*[\]】]")
MARKED_CITATION = re.compile(r"\s*\[\d+\]")
BEGUN = re.compile(r"[\[【][\d\s,，、]*$")


def plain(text: str) -> str:
    """The answer without its citations."""
    return MARKED_CITATION.sub("", text)


class CitationFilter:
    """Passes text on as it comes, but holds every bracket back until it is sure that the number exists."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self.cited: list[int] = []

    def filter(self, pieces: Iterable[str]) -> Iterator[str]:
        held = ""
        for piece in pieces:
            held = CITATION.sub(self._check, held + piece)
            begun = BEGUN.search(held)
            ready, held = (held[: begun.start()], held[begun.start() :]) if begun else (held, "")
            if ready:
                yield ready
        if held:
            yield held

    def _check(self, match: re.Match[str]) -> str:
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        existing = [number for number in numbers if 1 <= number <= len(self._passages)]
        self.cited += [number for number in existing if number not in self.cited]
        return "".join(f"[{number}]" for number in existing)
