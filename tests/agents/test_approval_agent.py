from pathlib import Path

import pytest
from fakes.endpoint import CallTool, Play

from agents import approval_agent
from agents.approval_agent import ApprovalAgent
from agents.runtime.steps import Note, ToolResult, final_answer

SAVE = CallTool("write_file", {"path": "packing.txt", "content": "socks"})
SAVED = Path("workspace", "packing.txt")


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the person will answer, in turn."""
    answers: list[bool] = []
    monkeypatch.setattr(approval_agent, "confirm", lambda en, zh: answers.pop(0))
    return answers


def test_a_file_is_written_after_a_yes(play: Play, person: list[bool]) -> None:
    person.append(True)
    endpoint = play(SAVE, "Saved.")

    steps = list(ApprovalAgent().ask("Save a packing list."))

    assert SAVED.read_text(encoding="utf-8") == "socks"
    assert final_answer(steps) == "Saved."
    assert endpoint.requests[1]["messages"][-1]["content"] == "Wrote 5 characters to packing.txt."


def test_nothing_is_written_after_a_no_and_the_model_is_told(play: Play, person: list[bool]) -> None:
    person.append(False)
    endpoint = play(SAVE, "Nothing was saved.")

    steps = list(ApprovalAgent().ask("Save a packing list."))

    assert not SAVED.exists()
    assert "The user said no" in endpoint.requests[1]["messages"][-1]["content"]
    assert [step.failed for step in steps if isinstance(step, ToolResult)] == [True]
    assert final_answer(steps) == "Nothing was saved."


def test_without_a_terminal_the_answer_is_no(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    endpoint = play(SAVE, "Nothing was saved.")

    list(ApprovalAgent().ask("Save a packing list."))

    assert not SAVED.exists()
    assert "The user said no" in endpoint.requests[1]["messages"][-1]["content"]
    assert "No terminal to ask at" in capsys.readouterr().out


def test_every_call_of_one_turn_is_asked_about(play: Play, person: list[bool]) -> None:
    person += [False, True]
    play([SAVE, CallTool("write_file", {"path": "b.txt", "content": "tent"})], "Half of it.")

    list(ApprovalAgent().ask("Save two lists."))

    assert not SAVED.exists()
    assert Path("workspace", "b.txt").read_text(encoding="utf-8") == "tent"


def test_reading_needs_no_approval(play: Play, person: list[bool]) -> None:
    endpoint = play(CallTool("list_files", {}), "There are none.")

    list(ApprovalAgent().ask("Which files do I have?"))

    assert endpoint.requests[1]["messages"][-1]["content"] == "There are no files yet."


def test_a_model_that_takes_no_no_for_an_answer_is_stopped(play: Play, person: list[bool]) -> None:
    person += [False] * 100
    endpoint = play(SAVE)

    steps = list(ApprovalAgent().ask("Save a packing list."))

    assert len(endpoint.requests) == 6
    assert next(step.en for step in steps if isinstance(step, Note)).startswith("Stopped after")


def test_a_question_stopped_at_the_approval_leaves_no_half_of_a_call_behind(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = play(SAVE, "Hello.")
    agent = ApprovalAgent()

    def ctrl_c(en: str, zh: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(approval_agent, "confirm", ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        list(agent.ask("Save a packing list."))
    list(agent.ask("Hi"))

    assert [message["role"] for message in endpoint.requests[-1]["messages"]] == ["system", "user"]


def test_a_refusal_is_remembered_in_the_conversation(play: Play, person: list[bool]) -> None:
    person.append(False)
    endpoint = play(SAVE, "Nothing was saved.", "You said no.")
    agent = ApprovalAgent()
    list(agent.ask("Save a packing list."))

    list(agent.ask("Why not?"))

    roles = [message["role"] for message in endpoint.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
