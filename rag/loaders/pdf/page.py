"""A page of a PDF: its text, and where each piece of it stands."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from pypdf import PageObject
from pypdf.errors import DependencyError, FileNotDecryptedError

from rag.loaders.garbage import is_garbage

# A scan may carry a page number, or the name of the program that scanned it.
MOST_BESIDE_PICTURE = 40
LEAST_PICTURE_PIXELS = 500_000


@dataclass(frozen=True)
class Page:
    """`pieces` have the height at which each stands, in points from the bottom; `is_picture` says that what can be
    read on it is not in the text, `is_garbage` that its letters cannot be known."""

    text: str = ""
    pieces: list[tuple[str, float]] = field(default_factory=list)
    is_picture: bool = False
    is_garbage: bool = False

    @classmethod
    def read(cls, page: PageObject) -> Self:
        pieces: list[tuple[str, float]] = []

        def visit(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
            if text.strip():
                pieces.append((text.strip(), cm[1] * tm[4] + cm[3] * tm[5] + cm[5]))

        try:
            text = page.extract_text(visitor_text=visit).strip()
        except (DependencyError, FileNotDecryptedError):
            raise
        except Exception:  # one page that is broken must not cost the others
            return cls(is_garbage=True)
        if is_garbage(text):
            return cls(is_garbage=True)
        said = len("".join(text.split()))
        pixels = _picture_pixels(page) if said < MOST_BESIDE_PICTURE else 0
        return cls(text, pieces, is_picture=pixels >= (LEAST_PICTURE_PIXELS if said else 1))

    def find(self, title: str, top: float | None, begin: int) -> tuple[int, int]:
        """Where a heading stands: its words at the start of a line, else its height, else its words anywhere, else
        `begin`."""
        words = r"\s*".join(map(re.escape, "".join(title.split())))
        here = re.compile(rf"(?<!\w){words}(?!\w)")
        if words and (line := re.compile(rf"^[ \t]*{words}(?!\w)", re.MULTILINE).search(self.text, begin)):
            return line.span()
        if top is not None:
            below = next((text for text, height in self.pieces if height <= top), "")
            if below and (at := self.text.find(below, begin)) >= 0:
                return at, at
        if words and (anywhere := here.search(self.text, begin)):
            return anywhere.start(), anywhere.start()
        return begin, begin


def _picture_pixels(page: PageObject) -> int:
    """Of the largest picture on the page."""
    with suppress(Exception):
        objects: Any = page["/Resources"]["/XObject"]  # type: ignore[index]
        pictures = [each for each in map(objects.get, objects) if each.get("/Subtype") == "/Image"]
        return max((int(each["/Width"]) * int(each["/Height"]) for each in pictures), default=0)
    return 0
