"""How good the answers are, to questions that the documents answer and to ones that they do not."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean

from rich.progress import track

from rag.answer import Answer
from rag.citations import CITATION, without_citations
from rag.evaluation import metrics
from rag.evaluation.cases import Case
from rag.evaluation.dataset import Place
from rag.passage import Passage

# A server that takes requests together answers four in less than the time of two.
AT_ONCE = 4


def measure_answers(cases: Sequence[Case], sources: dict[str, str]) -> dict[str, float]:
    """Ask the chat model; `sources` maps the dataset's file names to the index's."""
    names = {source: name for name, source in sources.items()}
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(track(pool.map(_answer, cases), "answers", len(cases)))
    seconds = time.perf_counter() - began
    asked = [(case.question, answer) for case, answer in zip(cases, answers, strict=True) if case.question]
    declined = [answer.abstained for case, answer in zip(cases, answers, strict=True) if not case.question]
    printed = [1 <= number <= len(answer.passages) for answer in answers for number in _citations(answer)]
    right = [
        1 <= number <= len(answer.passages) and _holds(answer.passages[number - 1], question.place, names)
        for question, answer in asked
        for number in _citations(answer)
    ]
    texts = [(without_citations(answer.text), question.answers) for question, answer in asked]
    return {
        "questions with an answer": len(asked),
        "declined though answered": fmean(answer.abstained for _, answer in asked),
        "exact match": fmean(metrics.exact_match(*each) for each in texts),
        "character F1": fmean(metrics.character_f1(*each) for each in texts),
        "expected answer contained": fmean(metrics.contains(*each) for each in texts),
        "citations": len(printed),
        "citations that exist": _share(printed),
        "citation precision": _share(right),
        "questions without an answer": len(declined),
        "declined": fmean(declined),
        f"seconds an answer, {AT_ONCE} at once": seconds / len(cases),
    }


def _answer(case: Case) -> Answer:
    answer = Answer(case.text, case.passages)
    for _ in answer:
        pass
    return answer


def _citations(answer: Answer) -> list[int]:
    return [int(match[1]) for match in CITATION.finditer(answer.text)]


def _holds(passage: Passage, wanted: Place, names: dict[str, str]) -> bool:
    return Place(names[passage.source], passage.start, passage.end).covers_half_of(wanted)


def _share(truths: Sequence[bool]) -> float:
    return sum(truths) / max(1, len(truths))
