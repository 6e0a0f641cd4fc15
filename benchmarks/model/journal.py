"""Results on the disk, each as soon as it is there: a run that was broken off goes on from them."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    kind: str
    question: str
    right: bool
    seconds: float


class Journal:
    """A line a result, in one file a model."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.results: list[Result] = []
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.read_bytes() if file.exists() else b""
        for line in written.splitlines():  # as bytes, for a character may be cut in two
            with suppress(ValueError, TypeError):  # the line that was being written, or one of somebody else
                self.results.append(Result(**json.loads(line)))
        if written and not written.endswith(b"\n"):
            with file.open("ab") as journal:
                journal.write(b"\n")

    def add(self, result: Result) -> None:
        self.results.append(result)
        with self.file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def has(self, kind: str, question: str) -> bool:
        return any((known.kind, known.question) == (kind, question) for known in self.results)
