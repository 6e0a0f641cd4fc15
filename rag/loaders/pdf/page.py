"""A page of a PDF: its text, and where each piece of it stands."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from pypdf import PageObject
from pypdf.errors import DependencyError, FileNotDecryptedError

from rag.loaders.garbage import is_garbage

# A scan may carry a page number, or the name of the program that scanned it.
MOST_BESIDE_PICTURE = 40
LEAST_PICTURE_PIXELS = 500_000
# A bit among those of an annotation.
HIDDEN = 2


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
        text = "\n".join(filter(None, [text, *_typed_onto(page)]))
        return cls(text, pieces, is_picture=pixels >= (LEAST_PICTURE_PIXELS if said else 1))

    def begins_line(self, title: str) -> bool:
        return bool(title.strip() and _line_of(title).search(self.text))

    def places(self, title: str, top: float | None, begin: int) -> Iterator[tuple[int, int]]:
        """Where a heading may stand, the likeliest first: its words at the start of a line, its height, its words
        anywhere; each behind `begin`, else before, as outlines need not be in the page's order."""
        words = _spaced(title)
        line = _line_of(title)
        here = re.compile(rf"(?<!\w){words}(?!\w)")
        below = next((text for text, height in self.pieces if height <= top), "") if top is not None else ""
        if words:
            yield from (found.span() for start in (begin, 0) if (found := line.search(self.text, start)))
        if below:
            yield from ((at, at) for start in (begin, 0) if (at := self.text.find(below, start)) >= 0)
        if words:
            yield from (
                (found.start(),) * 2 for start in (begin, 0) if (found := here.search(self.text, start))
            )
        yield begin, begin


def _spaced(title: str) -> str:
    """A pattern of its words, wherever the page has spaces."""
    return r"\s*".join(map(re.escape, "".join(title.split())))


def _line_of(title: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*{_spaced(title)}(?!\w)", re.MULTILINE)


def _typed_onto(page: PageObject) -> list[str]:
    """What was written on the page with a viewer, and not put away again."""
    with suppress(Exception):
        notes: Any = [each.get_object() for each in page.get("/Annots") or ()]
        return [
            str(note["/Contents"]).replace("\r", "\n").strip()
            for note in notes
            if note.get("/Subtype") == "/FreeText" and "/Contents" in note
            if "/F" not in note or not int(note["/F"]) & HIDDEN
        ]
    return []


def _picture_pixels(page: PageObject) -> int:
    """Of the largest picture on the page."""
    with suppress(Exception):
        objects: Any = page["/Resources"]["/XObject"]  # type: ignore[index]
        pictures = [each for each in map(objects.get, objects) if each.get("/Subtype") == "/Image"]
        return max((int(each["/Width"]) * int(each["/Height"]) for each in pictures), default=0)
    return 0
