"""`python -m benchmarks model`: a row of how often a model is right, made in as many sittings as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fakes.endpoint import CallTool, FakeEndpoint

from agents.runtime.evaluation.case import Case, ExpectedCall, Rule
from benchmarks.model import model
from benchmarks.model.answering import Answering
from benchmarks.model.journal import Journal, Result
from benchmarks.model.model import Task, row, tool_task
from kit.problem import Problem


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
    told = capsys.readouterr()
    assert told.out.endswith("| `some-model` | 1/2 | 1/2 | 1/2 | 0.0 | 0.0 |\n")
    assert "Going on from 3 results" in told.err and "3 条结果" in told.err


@pytest.mark.parametrize(
    "line", [b'{"kind": "tools", "quest', '{"kind": "今'.encode()[:-1], b"5", b"[]", b'{"kind": "tools"}']
)
def test_a_line_that_is_no_result_is_passed_over_and_the_next_one_kept(tmp_path: Path, line: bytes) -> None:
    """`5` was a traceback, and so was half a character; what came after a line that was cut off got lost with it."""
    journal = Journal(tmp_path / "model.jsonl")
    journal.add(whole := Result("tools", "6 * 7?", True, 1.5))
    with journal.file.open("ab") as file:
        file.write(line)

    again = Journal(journal.file)
    again.add(later := Result("tools", "今天星期几？", False, 2.5))

    assert Journal(journal.file).results == again.results == [whole, later]


def test_models_of_two_servers_that_tell_no_file_have_a_journal_each(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Answering.now()
    with FakeEndpoint("Hello!") as other:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", other.base_url)
        second = Answering.now()

    assert first.name == second.name == "some-model"
    assert first.journal != second.journal


def test_a_server_that_does_not_say_which_model_answers_is_not_taken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All models shared the results of moly-chat."""
    monkeypatch.setenv("CHAT_MODEL_BASE_URL", "http://127.0.0.1:9/v1")

    with pytest.raises(Problem, match="does not tell which model answers"):
        Answering.now()


def test_this_kits_server_tells_the_file_or_that_the_model_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    models: list[dict[str, str]] = []
    told = {"type": "agent-starter-kit", "models": models}
    monkeypatch.setattr(httpx2, "get", lambda *_, **__: httpx2.Response(200, json=told))

    with pytest.raises(Problem, match="not in memory"):
        Answering.now()
    models.append({"type": "chat", "file": "SmolLM2-135M-Instruct.Q4_1.gguf"})
    assert Answering.now() == Answering("smollm2-135m", "model-smollm2-135m.jsonl")
    models[0]["file"] = "mine.Q4.gguf"
    assert Answering.now() == Answering("mine.Q4", "model-mine.Q4.jsonl")


def test_an_agent_is_asked_and_its_calls_are_looked_at(endpoint: FakeEndpoint) -> None:
    wanted = ExpectedCall(name="calculate", result=Rule(number=42))
    case = Case(question="What is 6 * 7?", calls=[wanted])

    assert tool_task(case).run().right
    assert not tool_task(case).run().right  # this time nothing is called


def test_what_was_not_asked_has_no_figure() -> None:
    results = [Result("tools", "a", True, 1.0), Result("tools", "b", False, 2.0)]

    assert row("mine", results) == "| `mine` | 1/2 | 0/0 | 0/0 | 1.5 |  |"
