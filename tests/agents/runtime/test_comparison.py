"""Two runs over the same cases: what flipped, and whether that may be chance."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from fakes.endpoint import CallTool, Play
from typer.testing import CliRunner

from agents import tool_agent
from agents.runtime.cli import app
from agents.runtime.evaluation.case import Case
from agents.runtime.evaluation.comparison import Comparison, chance
from agents.runtime.evaluation.results import Answered, Attempt, Outcome, Results, read, save
from agents.runtime.steps import Note, Source, TextDelta, ToolCall, ToolResult, Usage
from kit.problem import Problem


def run_of(passed: Iterable[tuple[str, list[bool]]], **expected: object) -> Results:
    """A run: each question with whether its attempts passed."""
    outcomes = [
        Outcome(
            case=Case.model_validate({"question": question, **expected}),
            attempts=[
                Attempt(turns=[Answered(steps=[TextDelta("…")], failures=[] if ok else ["42"])], seconds=1)
                for ok in attempts
            ],
        )
        for question, attempts in passed
    ]
    return Results(agent="tool_agent", model="moly-chat", prompt=None, at="2027-06-18", outcomes=outcomes)


def questions(pairs: list[tuple[Outcome, Outcome]]) -> list[str]:
    return [a.case.question for a, _ in pairs]


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1), (1, 0, 1), (1, 1, 1), (5, 0, 0.0625), (0, 6, 0.03125), (10, 2, 0.03857), (400, 300, 0.00018)],
)
def test_the_chance_that_equals_flip_so_unevenly(gained: int, lost: int, p: float) -> None:
    """As R's binom.test and McNemar's exact test have it."""
    assert chance(gained, lost) == pytest.approx(p, rel=0.02)


def test_cases_are_matched_by_what_they_are_and_not_by_their_place() -> None:
    a = run_of([("one", [True]), ("two", [False]), ("three", [True])])
    b = run_of([("three", [False]), ("one", [True]), ("two", [True])])

    comparison = Comparison.of(a, b)

    assert questions(comparison.gained) == ["two"]
    assert questions(comparison.lost) == ["three"]
    assert comparison.left_out == 0


def test_a_case_that_expects_something_else_now_is_left_out() -> None:
    a = run_of([("one", [True])], calls=[])
    b = run_of([("one", [False])])

    comparison = Comparison.of(a, b)

    assert comparison.pairs == []
    assert comparison.left_out == 2


def test_a_case_counts_once_however_often_it_was_tried() -> None:
    """Ten attempts at one case would otherwise make ten cases of it, and certainty of nothing."""
    comparison = Comparison.of(run_of([("one", [False] * 10)]), run_of([("one", [True] * 9 + [False])]))

    assert questions(comparison.gained) == ["one"]
    assert comparison.p == 1


def test_few_flips_may_be_chance_and_many_one_way_are_not() -> None:
    names = [str(number) for number in range(8)]
    none, half, all_of_them = (
        run_of((name, [place < count]) for place, name in enumerate(names)) for count in (0, 4, 8)
    )

    assert "may be chance" in Comparison.of(none, half).verdict[0]
    assert "可能只是偶然" in Comparison.of(none, half).verdict[1]
    assert "B is better" in Comparison.of(none, all_of_them).verdict[0]
    assert "A 更好" in Comparison.of(all_of_them, none).verdict[1]
    assert "No case flipped" in Comparison.of(half, half).verdict[0]


def test_a_run_is_read_as_it_was_saved(tmp_path: Path) -> None:
    """A model may write half of a surrogate pair, which is no UTF-8."""
    steps = [
        ToolCall("1", "calculate", {"expression": "6 × 7", "deep": [{"a": None}]}),
        ToolResult("1", "calculate", "42", failed=True),
        Source(1, "docs/a.md", "午餐"),
        Note("Fine.", "很好。"),
        TextDelta("half \ud83d of a face"),
        Usage(20, 5, 12),
    ]
    case = Case.model_validate(
        {"question": "6 × 7?", "then": [{"question": "再算一次"}], "files": {"a": "b"}}
    )
    turns = [Answered(steps=steps, failures=[]), Answered(steps=[], failures=["no"])]
    outcome = Outcome(case=case, attempts=[Attempt(turns=turns, seconds=1.5)])
    run = Results(agent="a", model="m", prompt="p.txt", at="2027-06-18T12:00:00+08:00", outcomes=[outcome])

    save(run, tmp_path / "run.json")

    assert read(tmp_path / "run.json") == run
    assert "午餐" in (tmp_path / "run.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "valid dictionary"),
        (b'{"agent": "a"}', "model: Field required"),
        (b'{"question": "?"}', "Field required"),
    ],
)
def test_a_file_that_is_no_run_is_a_problem(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(content)

    with pytest.raises(Problem, match=f"no saved evaluation.*{reason}"):
        read(file)


@pytest.mark.parametrize("line", [{"step": "dance"}, {"step": "text"}, {"step": "text", "txt": ""}, 7, [1]])
def test_a_step_that_is_none_is_a_problem(tmp_path: Path, line: object) -> None:
    run = run_of([("one", [True])]).model_dump(mode="json")
    run["outcomes"][0]["attempts"][0]["turns"][0]["steps"] = [line]
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run), encoding="utf-8")

    with pytest.raises(Problem, match="not a step of a trace"):
        read(file)


def command(*arguments: str) -> str:
    finished = CliRunner().invoke(app, ["evaluate", *arguments], catch_exceptions=False)
    assert finished.exit_code == 0, finished.output
    return finished.output


def test_two_prompts_are_run_saved_and_compared(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the command changes for itself goes back after the test.
    monkeypatch.setenv("CHAT_MODEL_NAME", "moly-chat")
    monkeypatch.setattr(tool_agent, "SYSTEM_PROMPT", tool_agent.SYSTEM_PROMPT)
    endpoint = play("I guess 41.", CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")
    case = {"question": "6 * 7?", "calls": [{"name": "calculate"}], "answer": {"number": 42}}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case), encoding="utf-8")
    (tmp_path / "brief.txt").write_text("Be brief.", encoding="utf-8")

    command("cases.jsonl", "--save", "a.json")
    command("cases.jsonl", "--prompt", "brief.txt", "--model", "larger", "--save", "b.json")
    told = command("--compare", "a.json", "b.json")

    assert endpoint.requests[1]["messages"][0]["content"] == "Be brief."
    assert [request["model"] for request in endpoint.requests] == ["moly-chat", "larger", "larger"]
    table, summary = told.rsplit("\n", 2)[:2]
    assert "I guess 41." in table
    assert "可能只是偶然" in table
    figures = json.loads(summary)
    assert (figures["gained"], figures["lost"], figures["p"]) == (1, 0, 1.0)
    assert figures["b"]["prompt"] == "brief.txt"
    assert figures["b"]["model"] == "larger"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "takes either cases"),
        (["cases.jsonl", "--compare", "a.json", "a.json"], "takes either cases"),
        (["--compare", "a.json", "missing.json"], r"cannot read missing\.json"),
        (["--compare", "a.json", "other.json"], "no case in common"),
        (["cases.jsonl", "--prompt", "missing.txt"], r"cannot read the prompt missing\.txt"),
        (["cases.jsonl", "--agent", "rag_agent", "--prompt", "a.json"], "no SYSTEM_PROMPT"),
        (["cases.jsonl", "--save", "no/such/folder.json"], "cannot write"),
        (["cases.jsonl", "--html", "."], "cannot write"),
    ],
)
def test_what_cannot_be_done_is_a_problem_before_the_model_is_asked(
    play: Play, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    endpoint = play("Hello.")
    (tmp_path / "cases.jsonl").write_text('{"question": "?"}', encoding="utf-8")
    save(run_of([("one", [True])]), tmp_path / "a.json")
    save(run_of([("two", [True])]), tmp_path / "other.json")

    with pytest.raises(Problem, match=reason):
        CliRunner().invoke(app, ["evaluate", *arguments], catch_exceptions=False)

    assert endpoint.requests == []
