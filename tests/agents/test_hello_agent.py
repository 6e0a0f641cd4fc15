from pathlib import Path

import pytest
from fakes.endpoint import BreakOff, CallTool, Failure, Play

from agents import hello_agent
from agents.hello_agent import HelloAgent
from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult, Usage
from kit.api_problems import api_problems
from kit.problem import Problem


def ask(question: str = "?") -> list[Step]:
    return list(HelloAgent().ask(question))


def test_the_loop_runs_the_tool_and_returns_its_result_to_the_model(play: Play) -> None:
    endpoint = play(CallTool("count_letter", {"word": "Strawberry", "letter": "r"}), "Three.")

    steps = ask("How many r are in strawberry?")

    usage = Usage(input_tokens=20, output_tokens=5, cached_tokens=12)
    assert steps == [
        usage,
        ToolCall("call_0", "count_letter", {"word": "Strawberry", "letter": "r"}),
        ToolResult("call_0", "count_letter", "3"),
        TextDelta("Three"),
        TextDelta("."),
        usage,
    ]
    assert endpoint.requests[1]["messages"][-1] == {"role": "tool", "tool_call_id": "call_0", "content": "3"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (CallTool("count_letter", '{"word": '), "Error: Expecting value"),
        (CallTool("count_letter", "[]"), "Error: "),
        (CallTool("count_letter", {"text": "x"}), "unexpected keyword argument 'text'"),
        (CallTool("count_letter", {"word": 1, "letter": "r"}), "Error: "),
        (CallTool("send_email", {}), "send_email"),
    ],
)
def test_the_model_reads_what_was_wrong_with_its_call_and_goes_on(
    play: Play, call: CallTool, told: str
) -> None:
    endpoint = play(call, "Sorry.")

    steps = ask()

    assert [step.failed for step in steps if isinstance(step, ToolResult)] == [True]
    assert told in endpoint.requests[1]["messages"][-1]["content"]
    assert TextDelta("Sorry") in steps


def test_a_model_that_never_stops_calling_the_tool_is_stopped(play: Play) -> None:
    endpoint = play(CallTool("count_letter", {"word": "a", "letter": "a"}))

    last = ask()[-1]

    assert len(endpoint.requests) == hello_agent.MODEL_CALLS
    assert isinstance(last, Note)


def test_a_follow_up_question_is_asked_with_what_was_said_before(play: Play) -> None:
    endpoint = play("One.", "Two.")
    agent = HelloAgent()

    list(agent.ask("First?"))
    list(agent.ask("Second?"))

    assert [message["content"] for message in endpoint.requests[1]["messages"][1:]] == [
        "First?",
        "One.",
        "Second?",
    ]


@pytest.mark.parametrize("turn", [BreakOff(pieces=2), Failure(400, "too long")])
def test_a_server_that_fails_is_a_problem_and_leaves_the_conversation_as_it_was(
    play: Play, turn: BreakOff | Failure
) -> None:
    endpoint = play(turn, "Hello.")
    agent = HelloAgent()

    with pytest.raises(Problem, match="/chat/completions"), api_problems():
        list(agent.ask("First?"))
    list(agent.ask("Second?"))

    assert [message["content"] for message in endpoint.requests[-1]["messages"][1:]] == ["Second?"]


def test_it_stays_short() -> None:
    assert len(Path(hello_agent.__file__).read_text(encoding="utf-8").splitlines()) < 80
