"""What an ingest tells: how far it is, and at its end what became of every file."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, Protocol

from kit.problem import Problem
from rag.files.found import File
from rag.files.source import is_url, shown

Fate = Literal["added", "unchanged", "skipped"]


@dataclass
class Report:
    """`taken` has the names and chunks of files that are new in the index, `problems` why others were skipped.

    `types` counts by the end of their names what became of files, `others` those of unknown formats.
    """

    removed: int = 0
    chunks: int = 0
    texts: int = 0
    taken: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    types: defaultdict[str, Counter[Fate]] = field(default_factory=lambda: defaultdict(Counter))
    others: Counter[str] = field(default_factory=Counter)

    @property
    def added(self) -> int:
        return len(self.taken)

    @property
    def unchanged(self) -> int:
        return sum(fates["unchanged"] for fates in self.types.values())

    def take(self, file: File, chunks: int) -> None:
        self.taken.append((shown(file.source), chunks))
        self.types[file.type]["added"] += 1

    def keep(self, file: File) -> None:
        self.types[file.type]["unchanged"] += 1

    def skip(self, source: str, problem: Problem) -> None:
        self.problems.append(problem)
        path = PurePosixPath(source)
        kind = "web" if is_url(source) else path.suffix.lower() or path.name
        self.types[kind]["skipped"] += 1

    def add(self, other: "Report") -> None:
        """Take in what another process wrote."""
        self.chunks += other.chunks
        self.texts += other.texts
        self.taken += other.taken
        self.problems += other.problems
        self.warnings += other.warnings
        for kind, fates in other.types.items():
            self.types[kind] += fates


class Progress(Protocol):
    """`at` names the file that is read now."""

    def begin(self, files: int, size: int) -> None: ...
    def at(self, file: str) -> None: ...
    def step(self, files: int, size: float, chunks: int) -> None: ...


class Silent:
    """Progress of runs that nobody watches."""

    def begin(self, files: int, size: int) -> None: ...
    def at(self, file: str) -> None: ...
    def step(self, files: int, size: float, chunks: int) -> None: ...
