"""Questions with what was found for them, those that the documents answer and as many that they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from rag.answering.answerability import may_answer
from rag.evaluation.dataset import Dataset, Place, Question
from rag.files.source import source_of
from rag.index import Index
from rag.passage import TOP_K, Passage

Item = TypeVar("Item")


@dataclass(frozen=True)
class Trial:
    """`question` is None where no document answers."""

    text: str
    passages: list[Passage]
    question: Question | None


def trials(index: Index, dataset: Dataset, sources: dict[str, str], count: int) -> Iterator[Trial]:
    """`count` questions, spread evenly, then the dataset's unanswerable ones.

    Where it has none, the same questions are searched again without the document that answers them.
    `sources` maps the dataset's file names to the index's.
    """
    for question in spread(dataset.questions, count):
        yield Trial(question.text, index.search(question.text), question)
        if not dataset.unanswerable:
            without = sources[question.place.source]
            yield Trial(question.text, index.search(question.text, without=without), None)
    for text in spread(dataset.unanswerable, count):
        yield Trial(text, index.search(text), None)


def holds(passage: Passage, gold: Place, sources: dict[str, str]) -> bool:
    # A chunk of the crowd has no place in the dataset.
    name = next((name for name, source in sources.items() if source == source_of(passage.source)), "")
    return Place(name, passage.start, passage.end).covers_half_of(gold)


def measure_answerability(sample: Sequence[Trial], sources: dict[str, str]) -> dict[str, float]:
    """Which part of the questions the chat model could answer, and would be asked; it takes no chat model to tell."""
    read = [
        any(holds(passage, trial.question.place, sources) for passage in trial.passages)
        for trial in sample
        if trial.question
    ]
    passed = [(trial.question is not None, may_answer(trial.text, trial.passages)) for trial in sample]
    return {
        f"right passage among the {TOP_K} that are read": fmean(read),
        "passed to the model, with an answer": fmean(may for answered, may in passed if answered),
        "passed to the model, without one": fmean(may for answered, may in passed if not answered),
    }


def spread(items: Sequence[Item], count: int) -> Sequence[Item]:
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]
