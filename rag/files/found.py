"""The files of a run: each once, with what tells whether it changed."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kit.problem import Problem
from rag.files.address import fetch
from rag.files.folder import find_files
from rag.files.source import is_url, source_of
from rag.loaders import unreadable


@dataclass(frozen=True)
class File:
    """A file, the document that it is, and the sha256 of its bytes; `encoding` is what user or web server says."""

    path: Path
    source: str
    hash: str
    size: int
    encoding: str | None

    @classmethod
    def of(cls, path: Path, source: str, encoding: str | None) -> Self:
        try:
            if path.is_dir():  # which could not be looked into
                next(path.iterdir(), None)
            with path.open("rb") as opened:
                content_hash = hashlib.file_digest(opened, "sha256").hexdigest()
            return cls(path, source, content_hash, path.stat().st_size, encoding)
        except OSError as error:
            raise unreadable(path, error) from error

    @property
    def type(self) -> str:
        return self.path.suffix.lower()


def found_files(
    places: Sequence[Path | str], downloads: Path, encoding: str | None, others: Counter[str]
) -> Iterator[tuple[str, File | Problem]]:
    """The source of every readable file among the places and below them, with the file or why it cannot be opened.

    Web pages are put into the folder `downloads`; `others` counts files of formats that cannot be read. Raises
    `Problem` for a place that is none, if it is the only one.
    """
    seen: dict[str, bool] = {}
    for place in places:
        try:
            paths = [None] if is_url(place) else list(find_files([Path(place)], others))
        except Problem as problem:
            if len(places) == 1:
                raise
            # A dead link among all that a shell made of docs/* must not cost the others.
            yield source_of(place), problem
            continue
        for path in paths:
            source, is_link = source_of(path or place), path is not None and path.is_symlink()
            if source in seen:
                # Of a file and a link to it, whichever came first.
                if is_link or seen[source]:
                    others["linked file"] += 1
                continue
            seen[source] = is_link
            try:
                if path:
                    yield source, File.of(path, source, encoding)
                else:
                    page, said = fetch(source, downloads / str(len(seen)))
                    yield source, File.of(page, source, encoding or said)
            except Problem as problem:
                yield source, problem
