"""Questions with what was found for them, those that the documents answer and as many that they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from rag.answer import PASSAGES_TO_READ
from rag.confidence import may_answer
from rag.evaluation.dataset import Dataset, Question
from rag.index import Index
from rag.passage import Passage

Item = TypeVar("Item")


@dataclass(frozen=True)
class Case:
    """`question` is None where no document answers."""

    text: str
    passages: list[Passage]
    question: Question | None


def cases(index: Index, dataset: Dataset, sources: dict[str, str], count: int) -> Iterator[Case]:
    """`count` questions, spread evenly, then the dataset's unanswerable ones.

    Where it has none, the same questions are searched again without the document that answers them.
    `sources` maps the dataset's file names to the index's.
    """
    for question in _spread(dataset.questions, count):
        yield Case(question.text, index.search(question.text, PASSAGES_TO_READ), question)
        if not dataset.unanswerable:
            without = sources[question.place.source]
            yield Case(question.text, index.search(question.text, PASSAGES_TO_READ, without=without), None)
    for text in _spread(dataset.unanswerable, count):
        yield Case(text, index.search(text, PASSAGES_TO_READ), None)


def measure_confidence(sample: Sequence[Case]) -> dict[str, float]:
    """Which part of the questions the chat model would be asked; it takes no chat model to tell."""
    passed = [(case.question is not None, may_answer(case.text, case.passages)) for case in sample]
    return {
        "passed to the model, with an answer": fmean(may for answered, may in passed if answered),
        "passed to the model, without one": fmean(may for answered, may in passed if not answered),
    }


def _spread(items: Sequence[Item], count: int) -> Sequence[Item]:
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]
