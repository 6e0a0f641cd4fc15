from typing import Self

import pytest
from fakes.endpoint import CallTool, Play

from agents import rag_agent, rag_tool_agent
from agents.rag_agent import RagAgent
from agents.rag_tool_agent import RagToolAgent
from agents.runtime.steps import Note, ToolCall, ToolResult, final_answer
from kit.problem import Problem
from rag import Passage

TEXT = "Lunch on Sunday is served from 11:30 to 12:30 in the courtyard."


class OnePage:
    """Stands in for the index: whatever is asked, it finds the same page. Remembers what was asked."""

    asked: list[str]

    @classmethod
    def open(cls) -> Self:
        return cls()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def search(self, question: str, top_k: int = 3) -> list[Passage]:
        self.asked.append(question)
        return [
            Passage(TEXT, "meals.md", "Meals", "Sunday", None, 0, len(TEXT), similarity=0.9, relevance=0.5)
        ]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were looked up."""
    OnePage.asked = []
    monkeypatch.setattr(rag_agent, "Index", OnePage)
    monkeypatch.setattr(rag_tool_agent, "Index", OnePage)
    return OnePage.asked


def test_the_answer_names_its_source(play: Play, page: list[str]) -> None:
    play("Lunch on Sunday is from 11:30 to 12:30 [1].")

    steps = list(RagAgent().ask("When is lunch on Sunday?"))

    assert page == ["When is lunch on Sunday?"]
    assert [step.result for step in steps if isinstance(step, ToolResult)] == ["[1] meals.md · Sunday"]
    assert final_answer(steps).startswith("Lunch on Sunday is from 11:30 to 12:30 [1].")
    assert final_answer(steps).endswith(f"- [1] meals.md · Sunday: “{TEXT}”")


def test_the_first_question_is_looked_up_as_it_stands(play: Play, page: list[str]) -> None:
    endpoint = play("From 11:30 to 12:30 [1].")

    list(RagAgent().ask("When is lunch on Sunday?"))

    assert len(endpoint.requests) == 1


def test_a_follow_up_is_looked_up_and_asked_with_the_question_before_it(play: Play, page: list[str]) -> None:
    endpoint = play("From 11:30 to 12:30 [1].", "In the courtyard [1].")
    agent = RagAgent()
    list(agent.ask("When is lunch on Sunday?"))

    steps = list(agent.ask("And where is it?"))

    assert page[-1] == "When is lunch on Sunday? And where is it?"
    assert ToolCall("search", "search", {"question": page[-1]}) in steps
    assert page[-1] in endpoint.requests[1]["messages"][-1]["content"]


def test_only_the_question_just_before_counts(play: Play, page: list[str]) -> None:
    play("Lunch is in the courtyard [1].")
    agent = RagAgent()
    for question in ("When is lunch?", "Where is it?"):
        list(agent.ask(question))

    list(agent.ask("Is it warm?"))

    assert page[-1] == "Where is it? Is it warm?"


def test_without_an_index_it_says_how_to_make_one(play: Play) -> None:
    play("never asked")

    with pytest.raises(Problem, match="python -m rag ingest"):
        list(RagAgent().ask("When is lunch on Sunday?"))


def test_retrieval_as_a_tool_hands_the_passages_to_the_model(play: Play, page: list[str]) -> None:
    endpoint = play(CallTool("search_documents", {"query": "lunch on Sunday"}), "At 11:30 [meals.md].")

    steps = list(RagToolAgent().ask("When is lunch on Sunday?"))

    assert page == ["lunch on Sunday"]
    assert endpoint.requests[1]["messages"][-1]["content"].startswith(
        f"[meals.md · Sunday]\nMeals › Sunday\n{TEXT}"
    )
    assert final_answer(steps) == "At 11:30 [meals.md]."


def test_a_model_that_only_searches_is_stopped(play: Play, page: list[str]) -> None:
    endpoint = play(CallTool("search_documents", {"query": "lunch"}))

    steps = list(RagToolAgent().ask("When is lunch on Sunday?"))

    assert len(endpoint.requests) == 5
    assert next(step.en for step in steps if isinstance(step, Note)).startswith("Stopped after 5 model calls")


def test_a_search_that_fails_is_told_to_the_model(play: Play, page: list[str]) -> None:
    endpoint = play(CallTool("search_documents", {"wrong": 1}), "I cannot search.")

    steps = list(RagToolAgent().ask("When is lunch on Sunday?"))

    assert "Field required" in endpoint.requests[1]["messages"][-1]["content"]
    assert final_answer(steps) == "I cannot search."
