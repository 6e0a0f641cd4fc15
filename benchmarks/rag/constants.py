"""`python -m benchmarks constants`: what each number of retrieval and of checked answers would do at other values."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from kit.endpoint import require_server
from kit.language import language_of
from rag.answering import answerability, citations, contradiction, evidence
from rag.evaluation.hard import NONE, Hard, read_hard
from rag.files.source import source_of
from rag.index import Index
from rag.ingest import ingest
from rag.ingest_bar import IngestBar
from rag.passage import TOP_K, Passage
from rag.retrieval import neighbours
from rag.retrieval.ranking import Rankings
from rag.retrieval.versions import are_versions
from rag.settings import Settings
from rag.text.words import content_words

console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Asked:
    """A question of the hard set, what was found, and a right answer in the words of question and document."""

    hard: Hard
    rankings: Rankings
    passages: list[Passage]

    @property
    def said(self) -> str:
        return " ".join([self.hard.question, *(part[0] for part in self.hard.answer)])

    def bears_out(self, passage: Passage) -> bool:
        return any(
            source_of(passage.source) == source and words in passage.text
            for source, words in self.hard.places
        )


Measure = Callable[[Sequence[Asked], Index], tuple[float, float]]


@dataclass(frozen=True)
class Constant:
    """A number of the code, the values to try, and what should be large and what small."""

    module: ModuleType
    name: str
    values: Sequence[float]
    large: str
    small: str
    measure: Measure


def read(asked: Sequence[Asked], index: Index) -> tuple[float, float]:
    """The share of questions whose every place is read, and how many characters are read for one."""
    found = [
        (each.hard, neighbours.best_passages(each.rankings, TOP_K, index.documents))
        for each in asked
        if each.hard.places
    ]
    return (
        fmean(hard.is_read(passages) for hard, passages in found),
        fmean(sum(len(passage.text) for passage in passages) for _, passages in found),
    )


def let_through(asked: Sequence[Asked], index: Index) -> tuple[float, float]:
    """The shares of questions that reach the model: of those with an answer, of those without."""
    reaching = [
        (each.hard.kind, answerability.may_answer(each.hard.question, each.passages)) for each in asked
    ]
    return (
        fmean(may for kind, may in reaching if kind != NONE),
        fmean(may for kind, may in reaching if kind == NONE),
    )


def supported(asked: Sequence[Asked], index: Index) -> tuple[float, float]:
    """How often a right answer is borne out by the passage that holds it, and by one that does not."""
    pairs = [
        (
            each.bears_out(passage),
            citations.supports(passage, each.said, set(content_words(each.hard.question))),
        )
        for each in asked
        if each.hard.answer
        for passage in each.passages
        if language_of(passage.text) == language_of(each.hard.question)
    ]
    return fmean(does for right, does in pairs if right), fmean(does for right, does in pairs if not right)


def with_a_number(asked: Sequence[Asked], index: Index) -> tuple[float, float]:
    """How often a passage is said to hold the number of a right answer, and every other number that it has."""
    right, wrong = [], []
    for each in asked:
        about = [word for word in content_words(each.said) if not word.isdecimal()]
        numbers = {word for part in each.hard.answer for word in content_words(part[0]) if word.isdecimal()}
        for passage in filter(each.bears_out, each.passages if numbers else []):
            right.append(evidence.holds_numbers(passage, list(numbers), about))
            others = {word for word in content_words(passage.text) if word.isdecimal()} - numbers
            wrong += [evidence.holds_numbers(passage, [other], about) for other in others]
    return fmean(right), fmean(wrong)


def contradicted(asked: Sequence[Asked], index: Index) -> tuple[float, float]:
    """How often another version is quoted beside the right answer: where the question is of versions, and elsewhere."""
    quoted = []
    for each in asked:
        places = [number for number, passage in enumerate(each.passages, 1) if each.bears_out(passage)]
        has_versions = any(
            are_versions(each.passages[n - 1], other) for n in places for other in each.passages
        )
        if has_versions:
            answer = " ".join(part[0] for part in each.hard.answer)
            language = language_of(each.hard.question)
            found = contradiction.contradiction(
                places[:1], each.passages, answer, each.hard.question, language
            )
            quoted.append((each.hard.kind == "newer", found is not None))
    return fmean(is_ for newer, is_ in quoted if newer), fmean(is_ for newer, is_ in quoted if not newer)


LET = ("reach the model, with an answer", "without one")
CONSTANTS = [
    Constant(neighbours, "MOST_MERGED", (1, 2, 3, 4, 6), "all passages read", "characters read", read),
    Constant(
        neighbours, "LEAST_NEAR", (0, 0.15, 0.25, 0.35, 1), "all passages read", "characters read", read
    ),
    Constant(answerability, "WEIGHT_OF_WORDS", (0, 0.1, 0.2, 0.3), *LET, let_through),
    Constant(answerability, "WEIGHT_OF_ALL_WORDS", (0, 0.05, 0.1, 0.2), *LET, let_through),
    Constant(answerability, "LEAST_BESIDE_ITS_OWN", (0.05, 0.12, 0.2, 0.24, 0.28), *LET, let_through),
    Constant(
        citations,
        "LEAST_SHARE_TO_SUPPORT",
        (0.2, 0.3, 0.4, 0.5, 0.6),
        "right answers borne out",
        "by another passage",
        supported,
    ),
    Constant(
        evidence, "LEAST_OF_BEST", (0, 0.2, 0.4, 0.6, 0.8), "right numbers held", "others", with_a_number
    ),
    Constant(
        evidence,
        "LEAST_OF_BEST_CELL",
        (0, 0.25, 0.5, 0.75, 1),
        "right numbers held",
        "others",
        with_a_number,
    ),
    Constant(
        contradiction,
        "LEAST_SHARED",
        (0.2, 0.35, 0.5, 0.65, 0.8),
        "other version quoted, where asked about",
        "elsewhere",
        contradicted,
    ),
]


def run(
    data: Annotated[Path, typer.Option(help="A folder with a table of hard questions.")] = Path(
        "benchmarks/data/hard"
    ),
) -> None:
    """Vary each number of retrieval and of checked answers on the hard questions. 逐一改变检索与核对中的常数。"""
    require_server()
    questions, documents = read_hard(data)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Index.open(Settings(Path(folder))) as index,
    ):
        with IngestBar(console) as bar:
            ingest(index, documents, bar)
        asked = [_asked(hard, index) for hard in questions]
        print("| number | value | should be large | | should be small | |\n|---|---|---|---|---|---|")
        for constant in CONSTANTS:
            for row in _rows(constant, asked, index):
                print(row)


def _asked(hard: Hard, index: Index) -> Asked:
    rankings = index.rank(hard.question, index.embedder.embed_questions([hard.question]))
    return Asked(hard, rankings, neighbours.best_passages(rankings, TOP_K, index.documents))


def _rows(constant: Constant, asked: Sequence[Asked], index: Index) -> Iterator[str]:
    today = getattr(constant.module, constant.name)
    for value in constant.values:
        with _set(constant, value):
            large, small = constant.measure(asked, index)
        shown = f"**{value}**" if value == today else str(value)
        few = f"{small:.0f}" if small > 1 else f"{small:.1%}"
        yield f"| {constant.name} | {shown} | {constant.large} | {large:.1%} | {constant.small} | {few} |"


@contextmanager
def _set(constant: Constant, value: float) -> Iterator[None]:
    before = getattr(constant.module, constant.name)
    setattr(constant.module, constant.name, value)
    try:
        yield
    finally:
        setattr(constant.module, constant.name, before)
