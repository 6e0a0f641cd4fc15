"""Documents that are versions of one another: alike in name, of different dates."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from rag.passage import Passage

# What tells versions of a name apart, and is no part of it.
OF_A_VERSION = re.compile(
    r"\d+|\b(?:old|new|draft|final|version|copy|v)\b|旧版?|新版?|草案|最终|版本?|年|月|日|[\W_]+",
    re.IGNORECASE,
)


def are_versions(a: Passage, b: Passage) -> bool:
    """Whether they are out of two documents of one name and different dates."""
    return (
        a.source != b.source and _name(a) == _name(b) != "" and bool(a.date and b.date) and a.date != b.date
    )


def newest_first(passages: Sequence[Passage]) -> list[Passage]:
    """Versions of one document change places, so that the newer stands before the older; the others stay."""
    ordered = list(passages)
    for place, passage in enumerate(ordered):
        for later in range(place + 1, len(ordered)):
            if are_versions(passage, ordered[later]) and ordered[later].date > passage.date:
                ordered[place], ordered[later] = ordered[later], passage
                passage = ordered[place]
    return ordered


def newer(passage: Passage, passages: Sequence[Passage]) -> int | None:
    """The number, from 1, of the first passage out of a newer version of its document."""
    for number, other in enumerate(passages, 1):
        if are_versions(passage, other) and other.date > passage.date:
            return number
    return None


def _name(passage: Passage) -> str:
    return OF_A_VERSION.sub("", passage.title or PurePosixPath(passage.source).stem).casefold()
