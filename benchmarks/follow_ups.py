"""How to look up a follow-up question: python -m benchmarks.follow_ups

Asks the handbook in the index (python -m rag ingest docs/handbook) the second questions of agents/cases/follow_ups.csv
as they stand, with the first question before them, and as the chat model rewrites them. Prints how often the passage
that answers is the first, and how often it is among those that agents/rag_agent.py reads.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.front.screen import console
from agents.rag_agent import PASSAGES
from kit.api_problems import api_problems
from kit.endpoint import chat_model
from kit.problem import exit_on_problem
from rag import Index
from rag.sentences import language_of

CASES = Path(__file__).parents[1] / "agents" / "cases" / "follow_ups.csv"

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


def as_it_stands(case: FollowUp) -> str:
    return case.follow_up


def with_the_first(case: FollowUp) -> str:
    return f"{case.question} {case.follow_up}"


def rewritten(case: FollowUp) -> str:
    prompt = REWRITE[language_of(case.follow_up)].format(
        conversation=f"User: {case.question}\nAssistant: {case.answer}", question=case.follow_up
    )
    return chat_model(temperature=0, max_tokens=80).invoke(prompt).text.strip() or case.follow_up


WAYS: dict[str, Callable[[FollowUp], str]] = {
    "as it stands": as_it_stands,
    "with the first question before it": with_the_first,
    "rewritten by the chat model": rewritten,
}


def rank_of_answer(index: Index, case: FollowUp, query: str) -> int | None:
    for rank, passage in enumerate(index.search(query, PASSAGES)):
        if passage.source.endswith(tuple(case.source.split("|"))) and case.holds in passage.text:
            return rank
    return None


def main() -> None:
    with CASES.open(encoding="utf-8", newline="") as file:
        cases = [FollowUp(**row) for row in csv.DictReader(file)]
    console.print(
        f"{len(cases)} follow-up questions: the passage that answers is the first, among {PASSAGES}"
    )
    with Index.open() as index:
        for name, way in WAYS.items():
            began = time.monotonic()
            queries = [way(case) for case in cases]
            seconds = (time.monotonic() - began) / len(cases)
            ranks = [rank_of_answer(index, case, query) for case, query in zip(cases, queries, strict=True)]
            for case, query, rank in zip(cases, queries, ranks, strict=True):
                if rank is None:
                    console.print(f"  not found: {case.follow_up} → {query}", markup=False)
            first, found = sum(rank == 0 for rank in ranks), sum(rank is not None for rank in ranks)
            console.print(f"{name}: {first}, {found}; {seconds:.1f} s a question")


if __name__ == "__main__":
    with exit_on_problem(), api_problems():
        main()
