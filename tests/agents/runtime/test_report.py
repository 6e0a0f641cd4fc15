"""The HTML report: one file that needs nothing else, and obeys nothing that it quotes."""

import json
from pathlib import Path

from bs4 import BeautifulSoup
from fakes.endpoint import CallTool, Play
from typer.testing import CliRunner

from agents.runtime.cli import app
from agents.runtime.evaluation.case import Case
from agents.runtime.evaluation.comparison import Comparison
from agents.runtime.evaluation.report import comparison_report, report
from agents.runtime.evaluation.results import Answered, Attempt, Outcome, Results
from agents.runtime.steps import Note, Source, Step, TextDelta, ToolCall, ToolResult, Usage


def run_of(*cases: tuple[str, list[Step], list[str]]) -> Results:
    """A run with one attempt at each case: its question, the steps to its answer, and what did not come."""
    outcomes = [
        Outcome(
            case=Case(question=question),
            attempts=[Attempt(turns=[Answered(steps=steps, failures=failures)], seconds=1.5)],
        )
        for question, steps, failures in cases
    ]
    return Results(agent="tool_agent", model="moly-chat", prompt=None, at="2027-06-18", outcomes=outcomes)


def test_it_loads_nothing_and_runs_nothing() -> None:
    page = BeautifulSoup(report(run_of(("6 × 7?", [TextDelta("42")], []))), "html.parser")

    assert page.find_all(["script", "link", "img", "iframe", "object", "base"]) == []
    assert page.find_all(href=True) == page.find_all(src=True) == []
    assert "url(" not in page.style.text
    assert "@import" not in page.style.text
    assert "default-src 'none'" in page.find("meta", attrs={"http-equiv": True})["content"]


def test_what_models_and_tools_say_is_text() -> None:
    """A page that a tool has read may hold a script, or turn a line around."""
    evil = "<script>alert(1)</script>&amp;\"'\u202egnp.exe\x00"
    steps: list[Step] = [
        ToolCall("1", evil, {evil: [evil]}),
        ToolResult("1", "read", evil, failed=True),
        Source(1, evil, evil),
        Note(evil, evil),
        TextDelta(evil),
    ]

    page = report(run_of((evil, steps, [evil])))

    read = BeautifulSoup(page, "html.parser")
    assert read.find_all("script") == []
    assert read.text.count("<script>alert(1)</script>&amp;") == 11
    assert "\u202e" not in page
    assert "\x00" not in page


def test_every_case_is_a_row_with_its_transcript_folded() -> None:
    steps: list[Step] = [
        ToolCall("1", "calculate", {"expression": "6 × 7"}),
        ToolResult("1", "calculate", "42"),
        TextDelta("四十二"),
        Usage(20, 5, 12),
    ]
    page = BeautifulSoup(report(run_of(("6 × 7?", steps, []), ("你好", [], ["answer 您好"]))), "html.parser")

    good, bad = page.select("tbody.cases tr")
    assert good.select_one("details:not([open]) summary").text == "6 × 7?"
    shown = good.details.text
    assert '→ calculate {"expression": "6 × 7"}' in shown
    assert shown.index("6 × 7?") < shown.index("← 42") < shown.index("四十二")
    assert (good["class"], bad["class"]) == (["passed"], ["failed"])
    assert [row.select("td")[-1].text for row in (good, bad)] == ["1/1", "0/1"]
    assert "answer 您好" in bad.details.text
    assert "1/2 (50 %)" in page.text


def test_it_speaks_both_languages() -> None:
    page = BeautifulSoup(report(run_of(("6 × 7?", [], ["42"]))), "html.parser")

    chinese = " ".join(part.text for part in page.select('[lang="zh-CN"]'))
    for word in ("评测", "通过", "用例", "期望"):
        assert word in chinese


def test_two_runs_stand_side_by_side_and_what_flipped_stands_first() -> None:
    a = run_of(("same", [], []), ("worse", [], []), ("better", [], ["no"]))
    b = run_of(("same", [], []), ("worse", [], ["no"]), ("better", [], []))

    page = BeautifulSoup(comparison_report(Comparison.of(a, b)), "html.parser")

    rows = page.select("tbody.cases tr")
    assert [row["class"][0] for row in rows] == ["gained", "lost", "passed"]
    assert [cell.text for cell in rows[0].select("td")[1:]] == ["0/1", "1/1"]
    assert "That may be chance" in page.text
    assert "可能只是偶然" in page.text


def test_the_command_writes_it_for_a_run_and_for_a_comparison(play: Play, tmp_path: Path) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.", "Hello [/b].")
    cases = [{"question": "6 * 7?", "answer": {"number": 42}}, {"question": "[/b]", "calls": []}]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")

    for arguments in (
        ["cases.jsonl", "--save", "a.json", "--html", "run.html"],
        ["--compare", "a.json", "a.json", "--html", "both.html"],
    ):
        finished = CliRunner().invoke(app, ["evaluate", *arguments], catch_exceptions=False)
        assert finished.exit_code == 0

    assert "It is 42." in (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "No case flipped" in (tmp_path / "both.html").read_text(encoding="utf-8")
