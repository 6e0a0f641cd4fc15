"""Files of strangers, read in a process of its own: one may take minutes, or more memory than there is.

Run as a program, this is that process.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kit.child import Child, Ended, answer_lines
from kit.problem import Problem
from rag.files.contents import Contents, cut, read
from rag.files.found import File
from rag.files.source import shown

# Text recognition takes a second a page.
SECONDS = 120
MAX_BYTES = 2 << 30


class Reader:
    """Reads one file at a time. Raises `Problem` for one that cannot be read, or takes too long."""

    def __init__(self) -> None:
        self._child = Child("rag.files.reader")

    def read(self, file: File) -> Contents:
        """What the index takes of it."""
        asked = {"file": vars(file) | {"path": str(file.path)}}
        return Contents.from_lines(self._ask(shown(file.source), asked))

    def chunks(self, path: Path, name: str, budget: int) -> list[str]:
        """Its text in pieces of at most so many tokens."""
        asked = {"path": str(path), "name": name, "budget": budget}
        return [json.loads(line) for line in self._ask(name, asked)]

    def end(self) -> None:
        """Break off what is being read; the next file is read by another process."""
        self._child.end()

    def _ask(self, name: str, asked: dict[str, Any]) -> list[str]:
        try:
            problem, *lines = self._child.ask(json.dumps(asked), SECONDS)
        except Ended:
            raise Problem(
                f"{name} takes more than {SECONDS} s or {MAX_BYTES >> 30} GB of memory to read. Split it.",
                f"读取 {name} 需要的时间超过 {SECONDS} 秒，或内存超过 {MAX_BYTES >> 30} GB，请拆分后再试。",
            ) from None
        if told := json.loads(problem):
            raise Problem(*told)
        return lines


def answer(question: str) -> Iterator[str]:
    """First the `Problem`, if there is one."""
    asked = json.loads(question)
    try:
        lines = _contents(**asked) if "file" in asked else _chunks(**asked)
    except Problem as problem:
        yield json.dumps([problem.en, problem.zh])
    else:
        yield json.dumps(None)
        yield from lines


def _contents(file: dict[str, Any]) -> Iterator[str]:
    return read(File(**file | {"path": Path(file["path"])})).as_lines()


def _chunks(path: str, name: str, budget: int) -> Iterator[str]:
    _, chunks = cut(Path(path), name, budget=budget)
    return (json.dumps(each.text) for each in chunks)


if __name__ == "__main__":
    answer_lines(answer, MAX_BYTES)
