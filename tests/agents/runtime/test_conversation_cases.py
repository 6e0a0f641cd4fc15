"""Cases of several turns: one conversation, with what is expected after each question."""

from pathlib import Path

import pytest
from fakes.endpoint import CallTool, Play
from running import REPOSITORY

from agents import tool_agent
from agents.runtime.evaluation.case import Case, read_cases
from agents.runtime.evaluation.run import evaluate
from agents.tool_agent import ToolAgent
from kit.language import language_of
from kit.problem import Problem

CASE = Case.model_validate(
    {
        "question": "How many metres are 3 km?",
        "calls": [{"name": "convert", "result": {"number": 3000}}],
        "then": [
            {"question": "And 5 km?", "calls": [{"name": "convert", "result": {"number": 5000}}]},
            {"question": "Thank you!", "calls": []},
        ],
    }
)


def test_the_turns_are_one_conversation(play: Play) -> None:
    endpoint = play(
        CallTool("convert", {"amount": 3, "from_unit": "km", "to_unit": "m"}),
        "3,000 m",
        CallTool("convert", {"amount": 5, "from_unit": "km", "to_unit": "m"}),
        "5,000 m",
        "You are welcome.",
    )

    [outcome] = evaluate(ToolAgent, [CASE], repeat=1)

    assert outcome.passed == 1
    asked = [message["content"] for message in endpoint.requests[-1]["messages"] if message["role"] == "user"]
    assert asked == ["How many metres are 3 km?", "And 5 km?", "Thank you!"]


def test_a_turn_that_fails_is_named_and_the_conversation_goes_on(play: Play) -> None:
    endpoint = play(
        CallTool("convert", {"amount": 3, "from_unit": "km", "to_unit": "m"}), "3,000 m", "5,000 m", "Bye."
    )

    [outcome] = evaluate(ToolAgent, [CASE], repeat=1)

    assert outcome.passed == 0
    assert outcome.attempts[0].failures == ['turn 第2轮: convert() → {"number": 5000.0}']
    assert len(endpoint.requests) == 4


def test_each_attempt_is_a_conversation_of_its_own(play: Play) -> None:
    endpoint = play("3,000 m", "5,000 m", "Bye.")

    evaluate(ToolAgent, [CASE], repeat=2)

    assert [len(request["messages"]) for request in endpoint.requests] == [2, 4, 6, 2, 4, 6]


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ("{}", r"line 1: then\.0\.question: Field required"),
        ('{"question": "?", "files": {}}', r"line 1: then\.0\.files: Extra inputs"),
        ('{"question": "?", "answer": {"matches": "("}}', r"line 1: then\.0\.answer\.matches"),
    ],
)
def test_a_broken_turn_is_a_problem_that_names_it(tmp_path: Path, turn: str, reason: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f'{{"question": "?", "then": [{turn}]}}\n', encoding="utf-8")

    with pytest.raises(Problem, match=reason):
        read_cases(file)


def test_the_shipped_conversations_come_in_both_languages_and_call_in_later_turns() -> None:
    cases = read_cases(REPOSITORY / "agents" / "cases" / "conversations.jsonl")

    languages = [language_of(case.question) for case in cases]
    assert min(languages.count("en"), languages.count("zh")) >= 5
    assert all(case.then for case in cases)
    tools = {tool.__name__ for tool in tool_agent.TOOLS}
    called = {call.name for case in cases for turn in case.then for call in turn.calls or []}
    assert len(called) >= 4
    assert called <= tools
