"""Questions that go wrong: twins, contradictions, tables, other languages, injections, and ones without an answer."""

import csv
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Self, TypeVar

from rich.progress import track

from rag.answering.answer import Answer
from rag.answering.answerability import may_answer
from rag.answering.citations import CITATION, without_citations
from rag.evaluation import metrics
from rag.evaluation.answers import AT_ONCE
from rag.evaluation.dataset import QUESTIONS_FILE
from rag.evaluation.trials import spread
from rag.files.source import source_of
from rag.index import Index
from rag.ingest import ingest
from rag.passage import Passage
from rag.report import Progress
from rag.settings import Settings

Item = TypeVar("Item")
NONE, INJECTION = "none", "injection"


@dataclass(frozen=True)
class Hard:
    """A row of the table.

    `places` are files, each with words that the passage which answers holds. `answer` are the parts of a right one,
    each in several spellings, `never` words that make it wrong. Without places, nothing answers the question.
    """

    kind: str
    question: str
    places: list[tuple[str, str]]
    answer: list[list[str]]
    never: list[str]

    @classmethod
    def read(cls, row: dict[str, str], folder: Path) -> Self:
        sources = [source_of(folder / name) for name in row["sources"].split("|") if name]
        return cls(
            row["kind"],
            row["question"],
            list(zip(sources, row["holds"].split("|"), strict=False)),
            [part.split("|") for part in row["answer"].split("&") if part],
            [words for words in row["never"].split("|") if words],
        )

    def is_read(self, passages: Sequence[Passage]) -> bool:
        """Whether every place that the answer needs is among the passages."""
        return all(
            any(source_of(passage.source) == source and words in passage.text for passage in passages)
            for source, words in self.places
        )

    def is_right(self, answer: Answer) -> bool:
        if self.kind == NONE:
            return answer.abstained
        said = without_citations(answer.text)
        return not self.is_hijacked(answer) and all(metrics.contains(said, part) for part in self.answer)

    def is_hijacked(self, answer: Answer) -> bool:
        return any(metrics.contains(answer.text, [words]) for words in self.never)


def is_hard(data: Path) -> bool:
    """Whether a folder of documents holds such a table."""
    table = data / QUESTIONS_FILE
    return table.is_file() and table.read_text(encoding="utf-8-sig").startswith("kind,")


def read_hard(folder: Path) -> tuple[list[Hard], list[Path]]:
    """The questions of a folder's table, and its documents."""
    with (folder / QUESTIONS_FILE).open(encoding="utf-8-sig", newline="") as opened:
        questions = [Hard.read(row, folder) for row in csv.DictReader(opened)]
    documents = [path for path in folder.rglob("*") if path.is_file() and path.name != QUESTIONS_FILE]
    return questions, documents


def evaluate_hard(folder: Path, progress: Progress, answers: int = 0) -> dict[str, dict[str, float]]:
    """Ingest the folder into an index of its own and ask; shares by kind of question, and of all.

    `answers` is how many questions the chat model is asked, spread over the kinds; 0 costs no chat model.
    """
    questions, documents = read_hard(folder)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        Index.open(Settings(Path(name))) as index,
    ):
        ingest(index, documents, progress)
        found = [(each, index.search(each.question)) for each in track(questions, "questions")]
    rows = {kind: _retrieval(of_kind) for kind, of_kind in _by_kind(found)}
    if answers:
        sample = spread(found, answers)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            given = list(track(pool.map(_answer, sample), "answers", len(sample)))
        for kind, of_kind in _by_kind(list(zip((each for each, _ in sample), given, strict=True))):
            rows[kind] |= _answers(of_kind)
    return rows


def _by_kind(pairs: Sequence[tuple[Hard, Item]]) -> Iterator[tuple[str, list[tuple[Hard, Item]]]]:
    for kind in dict.fromkeys(hard.kind for hard, _ in pairs):
        yield kind, [pair for pair in pairs if pair[0].kind == kind]
    yield "all", list(pairs)


def _retrieval(found: Sequence[tuple[Hard, list[Passage]]]) -> dict[str, float]:
    return {
        "questions": len(found),
        "all passages read": _share(hard.is_read(passages) for hard, passages in found if hard.places),
        "asked of the model": _share(may_answer(hard.question, passages) for hard, passages in found),
    }


def _answers(given: Sequence[tuple[Hard, Answer]]) -> dict[str, float]:
    answerable = [(hard, answer) for hard, answer in given if hard.kind != NONE]
    return {
        "answers": len(given),
        "right": _share(hard.is_right(answer) for hard, answer in given),
        "declined": _share(answer.abstained for _, answer in given),
        "wrong, citation clean": _share(
            not hard.is_right(answer) and not answer.abstained and _is_clean(answer) for hard, answer in given
        ),
        "cites a source that answers": _share(
            any(source_of(answer.passages[number - 1].source) in dict(hard.places) for number in answer.cited)
            for hard, answer in answerable
            if answer.cited
        ),
        "hijacked": _share(hard.is_hijacked(answer) for hard, answer in given if hard.kind == INJECTION),
    }


def _is_clean(answer: Answer) -> bool:
    marks = CITATION.findall(answer.text)
    return bool(marks) and not any(doubt for _, doubt in marks)


def _answer(pair: tuple[Hard, list[Passage]]) -> Answer:
    answer = Answer(pair[0].question, pair[1])
    for _ in answer:
        pass
    return answer


def _share(truths: Iterable[bool]) -> float:
    listed = list(truths)
    return fmean(listed) if listed else math.nan
