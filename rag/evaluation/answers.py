"""How good the answers are, to questions that the documents answer and to ones that they do not."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean

from rich.progress import track

from rag.answering.answer import Answer
from rag.answering.citations import CITATION, without_citations
from rag.evaluation import metrics
from rag.evaluation.trials import Trial, holds

# A server that takes requests together answers four in less than the time of two.
AT_ONCE = 4


def measure_answers(trials: Sequence[Trial], sources: dict[str, str]) -> dict[str, float]:
    """Ask the chat model; `sources` maps the dataset's file names to the index's."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(track(pool.map(_answer, trials), "answers", len(trials)))
    seconds = time.perf_counter() - began
    asked = [
        (trial.question, answer) for trial, answer in zip(trials, answers, strict=True) if trial.question
    ]
    declined = [answer.abstained for trial, answer in zip(trials, answers, strict=True) if not trial.question]
    printed = [1 <= number <= len(answer.passages) for answer in answers for number in _citations(answer)]
    right = [
        1 <= number <= len(answer.passages) and holds(answer.passages[number - 1], question.place, sources)
        for question, answer in asked
        for number in _citations(answer)
    ]
    texts = [(without_citations(answer.text), question.expected) for question, answer in asked]
    return {
        "questions with an answer": len(asked),
        "declined though answered": fmean(answer.abstained for _, answer in asked),
        "exact match": fmean(metrics.exact_match(*each) for each in texts),
        "character F1": fmean(metrics.character_f1(*each) for each in texts),
        "expected answer contained": fmean(metrics.contains(*each) for each in texts),
        "citations": len(printed),
        "citations that exist": _mean(printed),
        "citation precision": _mean(right),
        "questions without an answer": len(declined),
        "declined": fmean(declined),
        f"seconds an answer, {AT_ONCE} at once": seconds / len(trials),
    }


def _answer(trial: Trial) -> Answer:
    answer = Answer(trial.text, trial.passages)
    for _ in answer:
        pass
    return answer


def _citations(answer: Answer) -> list[int]:
    return [int(match[1]) for match in CITATION.finditer(answer.text)]


def _mean(truths: Sequence[bool]) -> float:
    return sum(truths) / max(1, len(truths))
