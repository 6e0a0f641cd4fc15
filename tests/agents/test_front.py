"""The command line of the samples as a script sees it."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from fakes.endpoint import Play
from running import REPOSITORY, RunSample

from agents.runtime import confirm, screen
from agents.runtime.steps import ToolCall

RunModule = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_module() -> RunModule:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


def test_without_a_server_it_says_how_to_start_one(run_sample: RunSample) -> None:
    # The discard port: nothing listens there.
    finished = run_sample("hello_agent", "Hi", CHAT_MODEL_BASE_URL="http://127.0.0.1:9/v1")

    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "no server answers at http://127.0.0.1:9/v1" in finished.stderr
    assert finished.stderr.count("python -m server") == 2
    assert "Traceback" not in finished.stderr


def test_without_a_question_and_a_terminal_it_prints_its_usage(run_sample: RunSample) -> None:
    finished = run_sample("hello_agent")

    assert finished.returncode == 2
    assert "python -m agents.hello_agent" in finished.stdout
    assert "--trace FILE" in finished.stdout


def test_help_is_no_error(run_sample: RunSample) -> None:
    finished = run_sample("hello_agent", "--help")

    assert finished.returncode == 0
    assert "python -m agents.hello_agent" in finished.stdout


@pytest.mark.parametrize("arguments", [["--dance"], ["--trace"], ["Hi", "--temp", "1"]])
def test_a_wrong_option_is_a_problem(run_sample: RunSample, arguments: list[str]) -> None:
    finished = run_sample("hello_agent", *arguments)

    assert finished.returncode == 2
    assert finished.stderr.startswith("error: ")
    assert "-h 可查看用法" in finished.stderr


def test_it_prints_chinese_and_emoji_even_into_a_pipe_that_knows_neither(
    play: Play, run_sample: RunSample
) -> None:
    endpoint = play("月光 🌙 ok")

    finished = run_sample(
        "hello_agent", "你好", CHAT_MODEL_BASE_URL=endpoint.base_url, PYTHONIOENCODING="ascii"
    )

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("?? ? ok\n")


def test_where_nobody_can_be_asked_the_answer_is_no(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 os.devnull is no file of ours
        monkeypatch.setattr(sys, "stdin", nothing)

        assert confirm("Send it?", "发送吗？") is False

    shown = capsys.readouterr().out
    assert "Send it?" in shown
    assert "No terminal to ask at" in shown
    assert "视为拒绝" in shown


@pytest.mark.parametrize("module", ["agents", "agents.tool_agent", "agents.hello_agent"])
def test_outside_the_environment_it_says_how_to_get_in(module: str) -> None:
    """`python -m agents.tool_agent` with the system's Python was a traceback about langchain."""
    finished = subprocess.run(
        [sys.executable, "-S", "-m", module, "Hi"],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
    )

    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
    assert "requirements.txt" in finished.stderr
    assert sum("langchain" in line for line in finished.stderr.splitlines()) == 2


@pytest.mark.real
@pytest.mark.parametrize("name", ["tool_agent", "tool_agent.py"])
def test_a_samples_name_as_a_command_leads_to_the_dot(run_module: RunModule, name: str) -> None:
    finished = run_module("agents", name, "Hi")

    assert finished.returncode == 2
    assert finished.stderr.count("`python -m agents.tool_agent`") == 2
    assert len(finished.stderr.splitlines()) == 2


@pytest.mark.real
@pytest.mark.parametrize("module", ["agents", "rag", "server"])
def test_dash_h_is_help(run_module: RunModule, module: str) -> None:
    assert f"python -m {module}" in run_module(module, "-h").stdout


def test_a_question_of_a_book_is_not_echoed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show(iter([ToolCall("search", "search", {"question": "long " * 18_000})]))

    assert len(capsys.readouterr().out) < 500
