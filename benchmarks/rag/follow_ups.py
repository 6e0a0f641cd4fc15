"""How to look up a question that has one before it: python -m benchmarks.rag.follow_ups

Asks the handbook in the index (python -m rag ingest docs/handbook) the second questions of agents/cases/follow_ups.csv
as they stand, with the first question before them, as the chat model rewrites them, and as agents/rag_agent.py does.
Then each question of tests/rag/handbook_questions.csv behind one about another page: a change of subject. Prints how
often the passage that answers is the first, and how often it is among those that are read.
"""

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from agents.runtime.screen import console
from kit.api_problems import api_problems
from kit.endpoint import chat_model
from kit.language import language_of
from kit.problem import exit_on_problem
from rag import Index
from rag.answering.follow_up import with_the_question_before
from rag.passage import TOP_K, Passage

REPOSITORY = Path(__file__).parents[2]
CASES = REPOSITORY / "agents" / "cases" / "follow_ups.csv"
QUESTIONS = REPOSITORY / "tests" / "rag" / "handbook_questions.csv"

REWRITE = {
    "en": """\
Conversation:
{conversation}

Rewrite the user's next question so that it can be understood without the conversation. Say what "it", "there" or
"that" means, and add what was left out. If nothing is missing, repeat the question. Write only the question.

Next question: {question}
Rewritten question:""",
    "zh": """\
对话：
{conversation}

请改写用户的下一个问题，使人不看对话也能明白：说清楚“它”“那里”“那个”指什么，补上省略的部分。如果不缺什么，就原样重复。只写问题。

下一个问题：{question}
改写后的问题：""",
}


@dataclass(frozen=True)
class FollowUp:
    """`holds` stands in the passage that answers, on one of the pages `source`."""

    question: str
    answer: str
    follow_up: str
    source: str
    holds: str


def as_it_stands(index: Index, case: FollowUp) -> list[Passage]:
    return index.search(case.follow_up)


def with_the_first(index: Index, case: FollowUp) -> list[Passage]:
    return index.search(f"{case.question} {case.follow_up}")


def rewritten(index: Index, case: FollowUp) -> list[Passage]:
    prompt = REWRITE[language_of(case.follow_up)].format(
        conversation=f"User: {case.question}\nAssistant: {case.answer}", question=case.follow_up
    )
    written = chat_model(temperature=0, max_tokens=80).invoke(prompt).text.strip()
    return index.search(written or case.follow_up)


def as_the_agent_does(index: Index, case: FollowUp) -> list[Passage]:
    return with_the_question_before(index, case.question, case.follow_up)[1]


Way = Callable[[Index, FollowUp], list[Passage]]
WAYS: dict[str, Way] = {
    "as it stands": as_it_stands,
    "with the first question before it": with_the_first,
    "rewritten by the chat model": rewritten,
    "as rag_agent does": as_the_agent_does,
}


def rank_of_answer(passages: Sequence[Passage], case: FollowUp) -> int | None:
    for rank, passage in enumerate(passages):
        if passage.source.endswith(tuple(case.source.split("|"))) and case.holds in passage.text:
            return rank
    return None


def follow_ups() -> list[FollowUp]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return [FollowUp(**row) for row in csv.DictReader(file)]


def changes_of_subject() -> list[FollowUp]:
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"]]
    # Every third, so that the question before is of another page and all pages have their turn.
    return [
        FollowUp(before["question"], before["answer"], now["question"], now["source"], now["answer"])
        for before, now in pairwise(rows[::3])
        if before["source"] != now["source"]
    ]


def measure(index: Index, title: str, cases: Sequence[FollowUp], ways: dict[str, Way]) -> None:
    console.print(f"{len(cases)} {title}: the passage that answers is the first, among {TOP_K}")
    for name, way in ways.items():
        began = time.monotonic()
        ranks = [rank_of_answer(way(index, case), case) for case in cases]
        seconds = (time.monotonic() - began) / len(cases)
        for case, rank in zip(cases, ranks, strict=True):
            if rank is None:
                console.print(f"  not found: {case.question} {case.follow_up}", markup=False)
        first, found = sum(rank == 0 for rank in ranks), sum(rank is not None for rank in ranks)
        console.print(f"{name}: {first}, {found}; {seconds:.1f} s a question")


def main() -> None:
    with Index.open() as index:
        measure(index, "follow-up questions", follow_ups(), WAYS)
        without_model = {name: way for name, way in WAYS.items() if way is not rewritten}
        measure(index, "changes of subject", changes_of_subject(), without_model)


if __name__ == "__main__":
    with exit_on_problem(), api_problems():
        main()
