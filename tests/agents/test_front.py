"""The command line of the samples as a script sees it."""

import os
import sys

import pytest
from conftest import RunSample
from fake_endpoint import Play

from agents.front import confirm


def test_without_a_server_it_says_how_to_start_one(run_sample: RunSample) -> None:
    # The discard port: nothing listens there.
    finished = run_sample("hello", "Hi", CHAT_MODEL_BASE_URL="http://127.0.0.1:9/v1")

    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "no server answers at http://127.0.0.1:9/v1" in finished.stderr
    assert finished.stderr.count("python -m server") == 2
    assert "Traceback" not in finished.stderr


def test_without_a_question_and_a_terminal_it_prints_its_usage(run_sample: RunSample) -> None:
    finished = run_sample("hello")

    assert finished.returncode == 2
    assert "python -m agents.hello" in finished.stdout
    assert "--trace FILE" in finished.stdout


def test_help_is_no_error(run_sample: RunSample) -> None:
    finished = run_sample("hello", "--help")

    assert finished.returncode == 0
    assert "python -m agents.hello" in finished.stdout


@pytest.mark.parametrize("arguments", [["--dance"], ["--trace"], ["Hi", "--temp", "1"]])
def test_a_wrong_option_is_a_problem(run_sample: RunSample, arguments: list[str]) -> None:
    finished = run_sample("hello", *arguments)

    assert finished.returncode == 2
    assert finished.stderr.startswith("error: ")
    assert "-h 可查看用法" in finished.stderr


def test_it_prints_chinese_and_emoji_even_into_a_pipe_that_knows_neither(
    play: Play, run_sample: RunSample
) -> None:
    endpoint = play("月光 🌙 ok")

    finished = run_sample("hello", "你好", CHAT_MODEL_BASE_URL=endpoint.base_url, PYTHONIOENCODING="ascii")

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
