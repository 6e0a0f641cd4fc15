"""A question that goes on from the one before is looked up with it; a change of subject is not."""

from pathlib import Path

import pytest
from fakes.progress import Counter

from rag import Index
from rag.answering.follow_up import refers_back, with_the_question_before
from rag.ingest import ingest


@pytest.mark.parametrize(
    "question",
    [
        "And the second?",
        "What about Sunday?",
        "How far is it from the mill?",
        "Who won them?",
        "Why?",
        "How much?",
        "Since when?",
        "那晚饭呢？",
        "它多少钱？",
        "其中最贵的是哪个？",
        "还有呢？",
        "为什么？",
        "什么时候？",
        "是谁？",
        "几点？",
    ],
)
def test_what_cannot_be_understood_alone_refers_back(question: str) -> None:
    assert refers_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "When is lunch on Sunday?",
        "Is there a prize for the best photo?",
        "What is the password of the wireless network?",
        "无线网络的密码写在哪里？",
        "午饭多少钱？",
        "一等奖是什么？",
    ],
)
def test_a_whole_question_does_not(question: str) -> None:
    assert not refers_back(question)


def test_a_follow_up_is_asked_behind_the_question_before_it(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())

    asked, passages = with_the_question_before(index, "What is the first prize?", "And the second?")

    assert asked == "What is the first prize? And the second?"
    assert passages[0].source.endswith("prizes.md")


def test_a_change_of_subject_is_asked_as_it_stands(index: Index, folder: Path) -> None:
    """The price of a bed in one document was given as that of a lunch in another."""
    ingest(index, [folder], Counter())

    asked, passages = with_the_question_before(index, "What is the first prize?", "When is lunch served?")

    assert asked == "When is lunch served?"
    assert passages[0].source.endswith("meals.md")


def test_the_first_question_has_none_before_it(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())

    asked, passages = with_the_question_before(index, "", "What is it that dinner starts at?")

    assert asked == "What is it that dinner starts at?"
    assert passages
