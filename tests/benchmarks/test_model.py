"""`python -m benchmarks model`: a row of how often a model is right, made in as many sittings as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.endpoint import CallTool, FakeEndpoint

from agents.runtime.evaluation.case import Case, ExpectedCall, Rule
from benchmarks.model import model
from benchmarks.model.model import Journal, Result, Task, row, tool_task


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    with FakeEndpoint(CallTool("calculate", {"expression": "6*7"}), "It is 42.") as endpoint:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
        monkeypatch.setenv("CHAT_MODEL_NAME", "some-model")
        yield endpoint


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, endpoint: FakeEndpoint) -> list[str]:
    """Two questions of each kind, of which the first is answered rightly; tells which were asked."""
    asked: list[str] = []

    def task(kind: str, number: int) -> Task:
        def is_right() -> bool:
            asked.append(f"{kind} {number}")
            return number == 0

        return Task(kind, f"{kind} {number}", is_right)

    @contextmanager
    def questions() -> Iterator[list[list[Task]]]:
        yield [[task(kind, number) for number in range(2)] for kind in model.KINDS]

    monkeypatch.setattr(model, "questions", questions)
    monkeypatch.setattr(model, "machine", lambda: "A machine.")
    return asked


def test_it_prints_a_row_and_goes_on_where_it_was(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.run(every=2, out=tmp_path)
    assert asked == ["tools 0", "tables 0", "documents 0"]
    assert capsys.readouterr().out.endswith("| `some-model` | 1/1 | 1/1 | 1/1 | 0.0 | 0.0 |\n")

    model.run(every=1, out=tmp_path)

    assert asked[3:] == ["tools 1", "tables 1", "documents 1"]
    assert capsys.readouterr().out.endswith("| `some-model` | 1/2 | 1/2 | 1/2 | 0.0 | 0.0 |\n")


def test_a_line_that_was_cut_off_while_it_was_written_is_asked_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "model.jsonl")
    journal.add(whole := Result("tools", "6 * 7?", True, 1.5))
    with journal.file.open("a", encoding="utf-8") as file:
        file.write('{"kind": "tools", "quest')

    assert Journal(journal.file).results == [whole]


def test_an_agent_is_asked_and_its_calls_are_looked_at(endpoint: FakeEndpoint) -> None:
    wanted = ExpectedCall(name="calculate", result=Rule(number=42))
    case = Case(question="What is 6 * 7?", calls=[wanted])

    assert tool_task(case).run().right
    assert not tool_task(case).run().right  # this time nothing is called


def test_what_was_not_asked_has_no_figure() -> None:
    results = [Result("tools", "a", True, 1.0), Result("tools", "b", False, 2.0)]

    assert row("mine", results) == "| `mine` | 1/2 | 0/0 | 0/0 | 1.5 |  |"
