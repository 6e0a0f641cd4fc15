"""A program that stays and answers, and what becomes of a question that is too much for it."""

import os
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from kit.child import Child, Ended


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    program = """
        import os, time
        from kit.child import answer_lines

        print("a warning")
        print()

        def answer(question):
            match question.strip():
                case "crash": os._exit(11)
                case "sleep": time.sleep(600)
                case "warn": os.write(1, b"a warning\\nend 1\\n"); print("another")
                case "swallow": yield str(len(bytes(4 << 30)))
            yield str(os.getpid())
            yield question.strip()

        answer_lines(answer, 1 << 30)
    """
    (tmp_path / "echo_program.py").write_text(textwrap.dedent(program), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path.cwd()}")
    return "echo_program"


def test_it_stays(echo: str) -> None:
    child = Child(echo)
    first, second = child.ask("one", 60), child.ask("two", 60)

    assert (first[1], second[1]) == ("one\n", "two\n")
    assert first[0] == second[0]


def test_what_a_library_prints_is_no_answer(echo: str) -> None:
    """After one stray line each question had the answer to the one before."""
    child = Child(echo)

    assert [child.ask(question, 60)[1:] for question in ("warn", "one")] == [["warn\n"], ["one\n"]]


def test_a_program_that_answers_otherwise_gives_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update lies under a server that runs."""
    (tmp_path / "other_program.py").write_text("print('[]')\nprint('end')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(Ended):
        Child("other_program").ask("one", 60)


@pytest.mark.parametrize(
    "question",
    [
        "crash",
        "sleep",
        pytest.param("swallow", marks=pytest.mark.skipif(sys.platform != "linux", reason="no such limit")),
    ],
)
def test_after_a_question_that_was_too_much_another_takes_its_place(echo: str, question: str) -> None:
    child = Child(echo)
    before, _ = child.ask("one", 60)

    with pytest.raises(Ended):
        child.ask(question, 2)

    after, _ = child.ask("two", 60)
    assert after != before


def test_it_ends_with_whoever_asks(echo: str) -> None:
    child = Child(echo)
    pid = int(child.ask("one", 60)[0])

    del child

    assert not psutil.pid_exists(pid)
