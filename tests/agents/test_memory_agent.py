import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.endpoint import BreakOff, FakeEndpoint, Play, Slowly

from agents import memory_agent
from agents.memory_agent import MemoryAgent
from agents.runtime.steps import Note, Step, TextDelta
from kit.api_problems import api_problems
from kit.problem import Problem

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fresh_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_agent, "_started", set())


def said(steps: Iterator[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, TextDelta))


def sent(endpoint: FakeEndpoint) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in endpoint.requests[-1]["messages"][1:]]


def program(folder: Path, endpoint: FakeEndpoint, *arguments: str) -> subprocess.Popen[str]:
    """The sample in a process of its own, with `folder` as the current one."""
    environment = {
        "CHAT_MODEL_BASE_URL": endpoint.base_url,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "agents.memory_agent", *arguments],
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.mark.real
def test_another_process_goes_on_with_the_conversation(play: Play, tmp_path: Path) -> None:
    endpoint = play("Hello Lin.", "Your name is Lin.")

    program(tmp_path, endpoint, "My name is Lin.").communicate(timeout=240)
    second, _ = program(tmp_path, endpoint, "What is my name?").communicate(timeout=240)

    assert sent(endpoint) == [
        ("user", "My name is Lin."),
        ("assistant", "Hello Lin."),
        ("user", "What is my name?"),
    ]
    assert "Goes on with the thread 'main', 2 messages." in second
    assert "Your name is Lin." in second


@pytest.mark.real
def test_a_process_killed_in_mid_answer_leaves_a_thread_that_works(play: Play, tmp_path: Path) -> None:
    endpoint = play(
        "Hello.", Slowly("An answer that takes its time and is never finished. " * 20, 0.3), "Here I am."
    )
    program(tmp_path, endpoint, "Hi").communicate(timeout=240)

    with program(tmp_path, endpoint, "Tell me something long.") as killed:
        assert killed.stdout
        shown = ""
        while "An answer" not in shown:  # the whole of it would take a minute
            shown += killed.stdout.read(1) or pytest.fail(killed.communicate()[1])
        killed.kill()
    shown, _ = program(tmp_path, endpoint, "Are you there?").communicate(timeout=240)

    assert sent(endpoint) == [("user", "Hi"), ("assistant", "Hello."), ("user", "Are you there?")]
    assert "Here I am." in shown


def test_threads_know_nothing_of_each_other(play: Play) -> None:
    endpoint = play("Noted.")
    list(MemoryAgent("work").ask("The code word is heron."))

    list(MemoryAgent("home").ask("What is the code word?"))

    assert sent(endpoint) == [("user", "What is the code word?")]


def test_new_begins_a_thread_and_keeps_the_old_one(play: Play) -> None:
    endpoint = play("Noted.")
    list(memory_agent.start("main").ask("The code word is heron."))

    new = memory_agent.start("main")
    steps = list(new.ask("What is the code word?"))

    assert new.thread.startswith("main-")
    assert steps[0] == Note(f"Kept as --thread {new.thread}.", f"本次对话保存为 --thread {new.thread}。")
    assert sent(endpoint) == [("user", "What is the code word?")]
    assert len(MemoryAgent("main").messages()) == 2


def test_a_question_that_got_no_answer_is_not_asked_again(play: Play) -> None:
    endpoint = play("Hello.", BreakOff(2), "Fine.")
    agent = MemoryAgent("main")
    list(agent.ask("Hi"))

    with pytest.raises(Problem, match="broke off"), api_problems():
        list(agent.ask("How are you?"))
    answer = said(agent.ask("And now?"))

    assert answer == "Fine."
    assert sent(endpoint) == [("user", "Hi"), ("assistant", "Hello."), ("user", "And now?")]


def test_the_oldest_messages_of_a_long_history_become_a_summary(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_agent, "HISTORY_TOKENS", 200)
    endpoint = play("Noted.", "Noted.", "The user is called Lin.", "You are Lin.")
    agent = MemoryAgent("main")
    for fact in ("My name is Lin.", "x" * 900):
        list(agent.ask(fact))

    steps = list(agent.ask("Who am I?"))

    assert said(iter(steps)) == "You are Lin."
    summarised, answered = endpoint.requests[-2:]
    assert "My name is Lin." in summarised["messages"][0]["content"]
    history = [message["content"] for message in answered["messages"]]
    assert "The user is called Lin." in history[1]
    assert "My name is Lin." not in history
    assert history[-1] == "Who am I?"


@pytest.mark.parametrize(
    "text", ["The quick brown fox jumps over the lazy dog. " * 20, "人工智能黑客松在周末举行。" * 40]
)
def test_tokens_are_counted_offline_in_either_language(text: str) -> None:
    """langchain counts four characters as a token, which is a third of what Chinese takes."""
    counted = memory_agent.count_tokens([("user", text)])

    per_character = 0.25 if text.isascii() else 0.6
    assert 0.8 <= counted / (len(text) * per_character) <= 1.4


def test_a_database_that_is_none_is_a_problem(play: Play) -> None:
    play("never asked")
    memory_agent.DATABASE.write_text("not a database, but long enough to be looked at" * 30, encoding="utf-8")

    with pytest.raises(Problem, match="cannot hold conversations"):
        MemoryAgent("main")


def test_a_thread_that_goes_on_says_so_once(play: Play) -> None:
    play("Hello.")
    list(MemoryAgent("main").ask("Hi"))
    agent = MemoryAgent("main")

    notes = [step for _ in range(2) for step in agent.ask("Hi") if isinstance(step, Note)]

    assert [note.en for note in notes] == ["Goes on with the thread 'main', 2 messages."]
