"""What the index takes of a file."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.language import language_of
from kit.problem import Problem
from rag.document import Document
from rag.files.found import File
from rag.files.source import shown
from rag.loaders import broken, load
from rag.store.records import DATED, WRITTEN_IN
from rag.text.chunker import CHUNK_TOKENS, Chunk, chunk
from rag.text.dates import date_of


@dataclass(frozen=True)
class Contents:
    """`metadata` is what the file says of itself, and what was found out; `texts` are each chunk's to embed."""

    title: str
    metadata: dict[str, str]
    warnings: list[Problem]
    chunks: list[Chunk]
    texts: list[list[str]]

    def as_lines(self) -> Iterator[str]:
        """JSON, for another process."""
        yield json.dumps([self.title, self.metadata, [[warning.en, warning.zh] for warning in self.warnings]])
        for each, texts in zip(self.chunks, self.texts, strict=True):
            yield json.dumps([vars(each), texts])

    @classmethod
    def from_lines(cls, lines: Sequence[str]) -> "Contents":
        title, metadata, warnings = json.loads(lines[0])
        cut = [json.loads(line) for line in lines[1:]]
        return cls(
            title,
            metadata,
            [Problem(*warning) for warning in warnings],
            [Chunk(**fields) for fields, _ in cut],
            [texts for _, texts in cut],
        )


Read = Callable[[File], Contents]


def read(file: File) -> Contents:
    """Raises `Problem` for a file that cannot be read."""
    name = shown(file.source)
    document, chunks = cut(file.path, name, file.encoding)
    try:
        told = {WRITTEN_IN: language_of(document.text), DATED: date_of(document)}
        texts = [each.texts() for each in chunks]
    except Exception as error:  # one document must not end the run
        raise broken(name, error) from error
    return Contents(document.title, document.metadata | told, document.warnings, chunks, texts)


def cut(
    path: Path, name: str, encoding: str | None = None, budget: int = CHUNK_TOKENS
) -> tuple[Document, list[Chunk]]:
    """A file's document and its chunks. Raises `Problem` for one that cannot be read."""
    document = load(path, encoding, name)
    try:
        return document, chunk(document, budget)
    except Exception as error:
        raise broken(name, error) from error
