"""Runs as AG-UI, read by the protocol's own client from npm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asking import Service
from fakes.endpoint import CallTool, Failure, Play, Slowly

CLIENT = Path(__file__).parents[1] / "ag_ui_client" / "client.mjs"
SAVE = CallTool("write_file", {"path": "packing.txt", "content": "socks"})
SAVED = Path("workspace", "packing.txt")


@pytest.fixture
def page(service: Service) -> Any:
    """A page in front of an agent: what it shows, and how each run ended."""
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed")
    if not (CLIENT.parent / "node_modules").is_dir():
        pytest.skip(f"the client is not installed: npm install --prefix {CLIENT.parent}")

    def show(agent: str, *steps: str) -> dict[str, Any]:
        command = [node, str(CLIENT), f"{service.url}/agents/{agent}/ag-ui", *steps]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=240)
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    return show


def test_the_client_shows_calls_results_and_the_answer(play: Play, page: Any) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    shown = page("tool_agent", "What is 6 times 7?")

    _, call, result, answer = shown["messages"]
    assert call["toolCalls"][0]["function"] == {"name": "calculate", "arguments": '{"expression": "6 * 7"}'}
    assert (result["role"], result["toolCallId"], result["content"]) == (
        "tool",
        call["toolCalls"][0]["id"],
        "42",
    )
    assert answer["content"] == "It is 42."
    [run] = shown["runs"]
    assert run["outcome"] == "success"
    assert run["usage"][0] == {
        "model": "moly-chat",
        "inputTokens": 20,
        "outputTokens": 5,
        "totalTokens": 25,
        "cachedInputTokens": 12,
    }


@pytest.mark.parametrize("agent", ["hello_agent", "team_agent", "tool_agent"])
def test_the_client_takes_every_kind_of_agent(play: Play, page: Any, agent: str) -> None:
    play("Hello.")

    shown = page(agent, "Hi", "Hi again")

    assert [run["outcome"] for run in shown["runs"]] == ["success", "success"]
    assert shown["messages"][-1]["content"] == "Hello."


def test_the_conversation_goes_on_in_the_client(play: Play, page: Any) -> None:
    endpoint = play("Hello Lin.", "You are Lin.")

    page("tool_agent", "I am Lin.", "Who am I?")

    said = [message["content"] for message in endpoint.requests[-1]["messages"][1:]]
    assert said == ["I am Lin.", "Hello Lin.", "Who am I?"]


@pytest.mark.parametrize(("answer", "saved"), [("=yes", True), ("=no", False)])
def test_an_approval_is_an_interrupt_of_the_protocol(play: Play, page: Any, answer: str, saved: bool) -> None:
    play(SAVE, "Done.")

    shown = page("approval_agent", "Save a packing list.", answer)

    asked, answered = shown["runs"]
    assert asked["outcome"] == "interrupt"
    assert "write_file" in asked["waits"][0]
    assert (answered["outcome"], answered["waits"]) == ("success", [])
    assert SAVED.exists() == saved
    assert shown["messages"][-1]["content"] == "Done."


def test_the_client_aborts(play: Play, page: Any) -> None:
    endpoint = play(Slowly("A long answer to a short question. " * 400, 0.05))

    page("tool_agent", "!Tell me everything.")

    assert endpoint.hung_up.wait(60)


def test_a_failure_is_told_in_both_languages(play: Play, page: Any) -> None:
    play(Failure(401))

    [run] = page("tool_agent", "Hi")["runs"]

    assert "refused the API key" in run["error"]
    assert "拒绝了 API 密钥" in run["error"]


def test_a_call_gets_an_id_of_its_own_in_every_run(play: Play, service: Service) -> None:
    """Some agents number their calls anew in every turn, and a page keeps all of them."""
    play(
        CallTool("calculate", {"expression": "1"}), "One.", CallTool("calculate", {"expression": "1"}), "One."
    )

    events = [
        *service.ag_ui("tool_agent", "t", "?", run="1"),
        *service.ag_ui("tool_agent", "t", "?", run="2"),
    ]

    called = [event["toolCallId"] for event in events if event["type"] == "TOOL_CALL_START"]
    assert len(set(called)) == 2


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": "Hi"}],
        [{"role": "user", "content": " "}],
        [{"role": "user"}],
        [7],
        "no",
    ],
)
def test_without_a_question_it_is_refused(service: Service, messages: Any) -> None:
    asked = {"threadId": "t", "runId": "r", "messages": messages}

    answer = service.http.post("/agents/tool_agent/ag-ui", json=asked)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("messages")


def test_a_question_in_parts_is_read(play: Play, service: Service) -> None:
    endpoint = play("Hello.")
    parts = [{"type": "text", "text": "Hi"}, {"type": "image", "source": {"type": "url", "value": "x"}}]
    asked = {"threadId": "t", "runId": "r", "messages": [{"id": "1", "role": "user", "content": parts}]}

    list(service.events("/agents/tool_agent/ag-ui", asked))

    assert endpoint.requests[0]["messages"][-1]["content"] == "Hi"
