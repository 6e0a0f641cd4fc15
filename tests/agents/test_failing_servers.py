"""What every sample does when the chat server fails it: a `Problem` that says what to do, and no traceback."""

import sys
from collections.abc import Callable

import pytest
from fakes.endpoint import BreakOff, CallTool, Failure, Hang, Play, Turn
from test_rag_agent import OnePage

import rag.answering.answer
from agents import (
    approval_agent,
    mcp_agent,
    memory_agent,
    rag_agent,
    rag_tool_agent,
    structured_agent,
    team_agent,
)
from agents.runtime.steps import Agent, TextDelta
from kit.api_problems import api_problems
from kit.endpoint import chat_model, openai_client
from kit.problem import Problem

PLAN = '{"tasks": ["one", "two"]}'

# How each begins, and the turns before the one that fails.
SAMPLES: dict[str, tuple[Callable[[], Agent], list[Turn]]] = {
    "approval_agent": (approval_agent.ApprovalAgent, [CallTool("list_files", {})]),
    "mcp_agent": (lambda: mcp_agent.McpAgent([]), []),
    "memory_agent": (lambda: memory_agent.MemoryAgent("main"), []),
    "rag_agent": (rag_agent.RagAgent, []),
    "rag_tool_agent": (rag_tool_agent.RagToolAgent, [CallTool("search_documents", {"query": "lunch"})]),
    "structured_agent": (structured_agent.StructuredAgent, []),
    "team_agent": (team_agent.TeamAgent, [PLAN, "report", "report"]),
}
STREAMING = [name for name in SAMPLES if name != "structured_agent"]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """How long the clients wait, which never try again, so that a test takes no minutes."""
    patience = {"timeout": 60.0}
    for name in SAMPLES.keys() - {"rag_agent"}:  # which asks through rag.answering.answer
        monkeypatch.setattr(
            sys.modules[f"agents.{name}"],
            "chat_model",
            lambda **more: chat_model(**patience, max_retries=0, **more),
        )
    monkeypatch.setattr(
        rag.answering.answer,
        "openai_client",
        lambda: openai_client().with_options(**patience, max_retries=0),
    )
    OnePage.asked = []
    monkeypatch.setattr(rag_agent, "Index", OnePage)
    monkeypatch.setattr(rag_tool_agent, "Index", OnePage)
    return patience


def ask(agent: Agent) -> str:
    text = ""
    with api_problems():
        for step in agent.ask("When is lunch on Sunday?"):
            text += step.text if isinstance(step, TextDelta) else ""
    return text


@pytest.mark.parametrize("sample", STREAMING)
def test_a_server_that_goes_in_mid_answer(play: Play, sample: str) -> None:
    start, turns = SAMPLES[sample]
    play(*turns, BreakOff(2, "Lunch on Sunday is from 11:30"))

    with pytest.raises(Problem, match="broke off"):
        ask(start())


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_server_that_never_answers(play: Play, sample: str, patience: dict[str, float]) -> None:
    patience["timeout"] = 0.3
    start, turns = SAMPLES[sample]
    play(*turns, Hang(60))

    with pytest.raises(Problem, match="gave no answer in time"):
        ask(start())


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_server_that_refuses(play: Play, sample: str) -> None:
    start, turns = SAMPLES[sample]
    play(*turns, Failure(400, "the prompt is too long"))

    with pytest.raises(Problem, match="answered 400: the prompt is too long"):
        ask(start())


@pytest.mark.parametrize("sample", STREAMING)
def test_after_a_failure_the_conversation_goes_on(play: Play, sample: str) -> None:
    start, turns = SAMPLES[sample]
    again = turns if sample != "rag_agent" else []
    play(*turns, Failure(500), *again, "Lunch on Sunday is from 11:30.")
    agent = start()
    with pytest.raises(Problem):
        ask(agent)

    assert "11:30" in ask(agent)
