import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_endpoint import Failure, Play, ToolCall

from agents import tool_agent
from kit.api_problems import api_problems
from kit.problem import Problem

REPOSITORY = Path(__file__).parents[2]


def test_a_tool_call_is_run_and_its_result_goes_back_to_the_model(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = play(ToolCall("calculate", {"expression": "6 * 7"}), "The result is 42.")

    tool_agent.answer("What is 6 times 7?")

    assert [message["role"] for message in endpoint.requests[1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert endpoint.requests[1]["messages"][-1]["content"] == "42"
    shown = capsys.readouterr().out
    assert shown == '→ calculate {"expression": "6 * 7"}\n← 42\nThe result is 42.\n'


def test_the_model_is_told_names_types_and_purposes_of_the_tools(play: Play) -> None:
    endpoint = play("Hello!")

    tool_agent.answer("Hi")

    tools = {tool["function"]["name"]: tool["function"] for tool in endpoint.requests[0]["tools"]}
    assert sorted(tools) == ["calculate", "convert", "current_time", "search_handbook"]
    assert tools["convert"]["parameters"]["properties"]["amount"]["type"] == "number"
    assert tools["convert"]["parameters"]["required"] == ["amount", "from_unit", "to_unit"]
    assert "parameters" in tools["current_time"]
    assert all(tool["description"] for tool in tools.values())


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolCall("calculate", {"expression": "1 / 0"}), "Division by zero."),
        (ToolCall("calculate", {"wrong": "1"}), "Field required"),
        (ToolCall("send_email", {}), "send_email is not a valid tool"),
    ],
)
def test_the_model_reads_a_tool_error_and_goes_on(
    play: Play, capsys: pytest.CaptureFixture[str], call: ToolCall, told: str
) -> None:
    endpoint = play(call, "Sorry, that cannot be done.")

    tool_agent.answer("?")

    assert told in endpoint.requests[1]["messages"][-1]["content"]
    assert capsys.readouterr().out.endswith("Sorry, that cannot be done.\n")


def test_a_call_with_broken_json_ends_with_a_note(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    play(ToolCall("calculate", '{"expression": '))

    tool_agent.answer("?")

    assert "calculate is not valid JSON" in capsys.readouterr().out


def test_an_empty_answer_is_said_to_be_one(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    play("")

    tool_agent.answer("?")

    assert capsys.readouterr().out == "The model gave an empty answer.\n模型给出了空的回答。\n"


def test_a_model_that_never_stops_calling_tools_is_stopped(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = play(ToolCall("current_time", {}))

    tool_agent.answer("?")

    assert len(endpoint.requests) == tool_agent.MODEL_CALLS
    assert "Stopped after 8 model calls" in capsys.readouterr().out


def test_a_flood_of_calls_in_one_turn_is_cut(play: Play) -> None:
    endpoint = play([ToolCall("calculate", {"expression": "1 + 1"})] * 20, "Done.")

    tool_agent.answer("?")

    results = [m["content"] for m in endpoint.requests[1]["messages"] if m["role"] == "tool"]
    assert results.count("2") == tool_agent.TOOL_CALLS
    assert len(results) == 20


def test_an_error_of_the_server_is_a_problem(play: Play) -> None:
    play(Failure(400, "the prompt is too long"))

    with pytest.raises(Problem, match="answered 400: the prompt is too long"), api_problems():
        tool_agent.answer("?")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agents.tool_agent", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_without_a_server_it_says_how_to_start_one() -> None:
    # The discard port: nothing listens there.
    finished = run("Hi", CHAT_MODEL_BASE_URL="http://127.0.0.1:9/v1")

    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "no server answers at http://127.0.0.1:9/v1" in finished.stderr
    assert finished.stderr.count("python -m server") == 2
    assert "Traceback" not in finished.stderr


def test_without_a_question_it_prints_its_usage() -> None:
    finished = run()

    assert finished.returncode == 2
    assert "python -m agents.tool_agent" in finished.stdout


def test_it_prints_chinese_and_emoji_even_into_a_pipe_that_knows_neither(play: Play) -> None:
    endpoint = play("月光 🌙 ok")

    finished = run("你好", CHAT_MODEL_BASE_URL=endpoint.base_url, PYTHONIOENCODING="ascii")

    assert finished.returncode == 0
    assert finished.stdout == "?? ? ok\n"
