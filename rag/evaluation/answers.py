"""How good the answers are, with the right passage in the index and without it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from rich.progress import track

from rag.answer import PASSAGES_TO_READ, Answer
from rag.citations import CITATION, without_citations
from rag.evaluation import metrics
from rag.evaluation.dataset import Dataset, Place, Question
from rag.index import Index
from rag.loaders import source_name
from rag.passage import Passage


@dataclass
class Tally:
    exact: list[bool] = field(default_factory=list)
    f1: list[float] = field(default_factory=list)
    citations: int = 0
    existing: int = 0
    right: int = 0
    abstained: list[bool] = field(default_factory=list)
    abstained_without_passage: list[bool] = field(default_factory=list)


def measure_answers(index: Index, dataset: Dataset, folder: Path, count: int) -> dict[str, float]:
    """Ask `count` questions, spread evenly over the dataset, once as they are and once without their document."""
    names = {source_name(folder / name): name for name in dataset.documents}
    sources = {name: source for source, name in names.items()}
    step = max(1, len(dataset.questions) // count)
    tally = Tally()
    for question in track(dataset.questions[::step][:count], "answers"):
        passages = index.search(question.text, PASSAGES_TO_READ)
        answer = _generate(question, passages)
        tally.abstained.append(answer.abstained)
        tally.exact.append(metrics.exact_match(without_citations(answer.text), question.answers))
        tally.f1.append(metrics.character_f1(without_citations(answer.text), question.answers))
        cited = [int(match[1]) for match in CITATION.finditer(answer.text)]
        tally.citations += len(cited)
        tally.existing += sum(1 <= number <= len(passages) for number in cited)
        tally.right += sum(_holds(passages, number, question.place, names) for number in cited)
        without = index.search(question.text, PASSAGES_TO_READ, without=sources[question.place.source])
        tally.abstained_without_passage.append(_generate(question, without).abstained)
    return {
        "questions": len(tally.f1),
        "exact match": fmean(tally.exact),
        "character F1": fmean(tally.f1),
        "citations that exist": tally.existing / max(1, tally.citations),
        "citation precision": tally.right / max(1, tally.citations),
        "abstained": fmean(tally.abstained),
        "abstained without the passage": fmean(tally.abstained_without_passage),
    }


def _generate(question: Question, passages: Sequence[Passage]) -> Answer:
    answer = Answer(question.text, passages)
    for _ in answer:
        pass
    return answer


def _holds(passages: Sequence[Passage], number: int, wanted: Place, names: dict[str, str]) -> bool:
    if not 1 <= number <= len(passages):
        return False
    passage = passages[number - 1]
    return Place(names[passage.source], passage.start, passage.end).covers_half_of(wanted)
