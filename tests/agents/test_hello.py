from pathlib import Path

import pytest
from fake_endpoint import BreakOff, Failure, Play, ToolCall

from agents import hello
from agents.front.steps import Called, Note, Returned, Step, Token, Usage
from agents.hello import Hello
from kit.api_problems import api_problems
from kit.problem import Problem


def ask(question: str = "?") -> list[Step]:
    return list(Hello().ask(question))


def test_the_loop_runs_the_tool_and_returns_its_result_to_the_model(play: Play) -> None:
    endpoint = play(ToolCall("count_letter", {"word": "Strawberry", "letter": "r"}), "Three.")

    steps = ask("How many r are in strawberry?")

    usage = Usage(input_tokens=20, output_tokens=5, cached_tokens=12)
    assert steps == [
        usage,
        Called("call_0", "count_letter", {"word": "Strawberry", "letter": "r"}),
        Returned("call_0", "count_letter", "3"),
        Token("Three"),
        Token("."),
        usage,
    ]
    assert endpoint.requests[1]["messages"][-1] == {"role": "tool", "tool_call_id": "call_0", "content": "3"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolCall("count_letter", '{"word": '), "Error: Expecting value"),
        (ToolCall("count_letter", "[]"), "Error: "),
        (ToolCall("count_letter", {"text": "x"}), "unexpected keyword argument 'text'"),
        (ToolCall("count_letter", {"word": 1, "letter": "r"}), "Error: "),
        (ToolCall("send_email", {}), "send_email"),
    ],
)
def test_the_model_reads_what_was_wrong_with_its_call_and_goes_on(
    play: Play, call: ToolCall, told: str
) -> None:
    endpoint = play(call, "Sorry.")

    steps = ask()

    assert [step.failed for step in steps if isinstance(step, Returned)] == [True]
    assert told in endpoint.requests[1]["messages"][-1]["content"]
    assert Token("Sorry") in steps


def test_a_model_that_never_stops_calling_the_tool_is_stopped(play: Play) -> None:
    endpoint = play(ToolCall("count_letter", {"word": "a", "letter": "a"}))

    last = ask()[-1]

    assert len(endpoint.requests) == hello.MODEL_CALLS
    assert isinstance(last, Note)


def test_a_follow_up_question_is_asked_with_what_was_said_before(play: Play) -> None:
    endpoint = play("One.", "Two.")
    agent = Hello()

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
    agent = Hello()

    with pytest.raises(Problem, match="/chat/completions"), api_problems():
        list(agent.ask("First?"))
    list(agent.ask("Second?"))

    assert [message["content"] for message in endpoint.requests[-1]["messages"][1:]] == ["Second?"]


def test_it_stays_short() -> None:
    assert len(Path(hello.__file__).read_text(encoding="utf-8").splitlines()) < 80
