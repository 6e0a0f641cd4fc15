import itertools
import socket
from pathlib import Path
from typing import Any

import pytest
from fakes.endpoint import BreakOff, CallTool, Failure, Hang, Play, Slowly
from running import RunSample

from agents import tool_agent
from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult, Usage
from agents.tool_agent import ToolAgent
from kit.api_problems import api_problems
from kit.problem import Problem


def ask(question: str = "?") -> list[Step]:
    return list(ToolAgent().ask(question))


def answer(steps: list[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, TextDelta))


def test_a_tool_call_is_run_and_its_result_goes_back_to_the_model(play: Play) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    steps = ask("What is 6 times 7?")

    usage = Usage(input_tokens=20, output_tokens=5, cached_tokens=12)
    assert steps == [
        usage,
        ToolCall("call_0", "calculate", {"expression": "6 * 7"}),
        ToolResult("call_0", "calculate", "42"),
        TextDelta("It is"),
        TextDelta(" 42."),
        usage,
    ]
    assert [message["role"] for message in endpoint.requests[1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert endpoint.requests[1]["messages"][-1]["content"] == "42"


def test_the_model_is_told_names_types_and_purposes_of_the_tools(play: Play) -> None:
    endpoint = play("Hello!")

    ask("Hi")

    tools = {tool["function"]["name"]: tool["function"] for tool in endpoint.requests[0]["tools"]}
    assert list(tools) == [tool.__name__ for tool in tool_agent.TOOLS]
    assert tools["convert"]["parameters"]["properties"]["amount"]["type"] == "number"
    assert tools["convert"]["parameters"]["required"] == ["amount", "from_unit", "to_unit"]
    assert all("parameters" in tool and tool["description"] for tool in tools.values())


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (CallTool("calculate", {"expression": "1 / 0"}), "Division by zero."),
        (CallTool("calculate", {"wrong": "1"}), "Field required"),
        (CallTool("send_email", {}), "send_email is not a valid tool"),
        (CallTool("read_file", {"path": "../.env"}), "leaves the folder"),
    ],
)
def test_the_model_reads_a_tool_error_and_goes_on(play: Play, call: CallTool, told: str) -> None:
    endpoint = play(call, "Sorry, that cannot be done.")

    steps = ask()

    assert [step.failed for step in steps if isinstance(step, ToolResult)] == [True]
    assert told in endpoint.requests[1]["messages"][-1]["content"]
    assert answer(steps) == "Sorry, that cannot be done."


def test_two_tools_called_at_once_both_answer(play: Play) -> None:
    calls = [CallTool("calculate", {"expression": "1 + 1"}), CallTool("calculate", {"expression": "2 + 2"})]
    play(calls, "2 and 4")

    returned = {step.id: step.result for step in ask() if isinstance(step, ToolResult)}

    assert returned == {"call_0": "2", "call_1": "4"}


@pytest.mark.parametrize(
    "arguments",
    ['{"expression": ', "six times seven", '{"expression": "6 * 7', '{"expression": ' + "[" * 3_000],
)
def test_a_call_with_broken_json_is_noted(play: Play, arguments: str) -> None:
    play(CallTool("calculate", arguments), "I give up.")

    notes = [step for step in ask() if isinstance(step, Note)]

    assert [note.en for note in notes] == [f"The model's call of calculate is not valid JSON: {arguments}"]
    assert f"不是合法的 JSON：{arguments}" in notes[0].zh


def test_an_empty_answer_is_said_to_be_one(play: Play) -> None:
    play("")

    assert ask()[-1] == Note("The model gave an empty answer.", "模型给出了空的回答。")


def test_a_model_that_never_stops_calling_tools_is_stopped(play: Play) -> None:
    endpoint = play(CallTool("current_time", {}))

    last = ask()[-1]

    assert len(endpoint.requests) == tool_agent.MODEL_CALLS
    assert isinstance(last, Note)
    assert last.en.startswith(f"Stopped after {tool_agent.MODEL_CALLS} model calls")


def test_a_flood_of_calls_in_one_turn_is_cut(play: Play) -> None:
    endpoint = play([CallTool("calculate", {"expression": "1 + 1"})] * 20, "Done.")

    ask()

    results = [m["content"] for m in endpoint.requests[1]["messages"] if m["role"] == "tool"]
    assert results.count("2") == tool_agent.TOOL_CALLS
    assert len(results) == 20


def test_a_follow_up_question_is_asked_with_what_was_said_before(play: Play) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.", "84.")
    agent = ToolAgent()

    list(agent.ask("What is 6 times 7?"))
    list(agent.ask("And twice that?"))

    sent = [(message["role"], message["content"]) for message in endpoint.requests[2]["messages"][1:]]
    assert sent == [
        ("user", "What is 6 times 7?"),
        ("assistant", None),
        ("tool", "42"),
        ("assistant", "It is 42."),
        ("user", "And twice that?"),
    ]


def test_an_answer_that_fails_leaves_the_conversation_as_it_was(play: Play) -> None:
    endpoint = play(CallTool("current_time", {}), Failure(400, "the prompt is too long"), "Hello again.")
    agent = ToolAgent()

    with pytest.raises(Problem, match="answered 400: the prompt is too long"), api_problems():
        list(agent.ask("What time is it?"))
    list(agent.ask("Hello"))

    assert [message["content"] for message in endpoint.requests[-1]["messages"][1:]] == ["Hello"]


def test_a_server_that_is_gone_in_mid_stream_is_a_problem(play: Play) -> None:
    play(BreakOff(pieces=2))
    steps = ToolAgent().ask("?")

    with pytest.raises(Problem, match="/chat/completions"), api_problems():
        for step in steps:
            assert isinstance(step, TextDelta)


def test_a_server_that_does_not_answer_in_time_is_a_problem(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(Hang(seconds=30))
    model = tool_agent.chat_model
    monkeypatch.setattr(tool_agent, "chat_model", lambda **more: model(timeout=0.2, max_retries=0, **more))

    with pytest.raises(Problem, match="gave no answer in time"), api_problems():
        ask()


def test_an_answer_that_nobody_reads_on_is_given_up(play: Play) -> None:
    endpoint = play(Slowly("word " * 1000, seconds=0.01))
    agent = ToolAgent()

    steps = agent.ask("Tell me everything")
    assert len(list(itertools.islice(steps, 3))) == 3
    steps.close()

    assert endpoint.hung_up.wait(60)
    assert agent.history == []


def test_the_files_it_writes_are_in_the_workspace(play: Play, tmp_path: Path) -> None:
    play(CallTool("write_file", {"path": "todo.txt", "content": "milk"}), "Saved.")

    ask("Note down milk.")

    assert (tmp_path / "workspace" / "todo.txt").read_text(encoding="utf-8") == "milk"


def test_one_question_on_the_command_line_is_answered_with_its_steps(
    play: Play, run_sample: RunSample
) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "The result is 42.")

    finished = run_sample("tool_agent", "What is 6 times 7?", CHAT_MODEL_BASE_URL=endpoint.base_url)

    assert finished.returncode == 0, finished.stderr
    *steps, figures = finished.stdout.splitlines()
    assert steps == ['→ calculate {"expression": "6 * 7"}', "← 42", "The result is 42."]
    assert figures.endswith("s · tokens in 输入 40, cached 缓存 24, out 输出 10")


def test_it_speaks_to_the_endpoint_and_to_nobody_else(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)
    connected = set()
    connect = socket.socket.connect

    def recording(self: socket.socket, address: Any) -> None:
        connected.add(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", recording)
    endpoint = play(CallTool("current_time", {}), "Late.")

    ask()

    assert [f"http://{host}:{port}/v1" for host, port in connected] == [endpoint.base_url]
