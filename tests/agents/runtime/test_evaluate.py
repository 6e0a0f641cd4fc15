import json
from pathlib import Path

import pytest
from fakes.endpoint import CallTool, Play
from running import REPOSITORY, RunSample

from agents import tool_agent
from agents.runtime.evaluation.case import Case, Rule, read_cases
from agents.runtime.evaluation.run import evaluate, find_agent
from agents.runtime.steps import TextDelta, ToolCall, ToolResult
from agents.tool_agent import ToolAgent
from kit.problem import Problem

CASES = REPOSITORY / "agents" / "cases" / "tool_agent.jsonl"


@pytest.mark.parametrize(
    ("rule", "text", "holds"),
    [
        ({"contains": "Paris"}, "It is paris.", True),
        ({"contains": ["a.txt", "b.txt"]}, "a.txt only", False),
        ({"matches": r"\d{1,2}:\d{2}"}, "At 9:30.", True),
        ({"matches": r"^no"}, "yes and no", False),
        ({"number": 2480}, "2,480 yuan", True),
        ({"number": 42.195}, "about 42.2 km", True),
        ({"number": 42.195}, "about 43 km", False),
        ({"number": -40}, "-40 °F", True),
        ({"number": 30000}, "3,0000 or 30000x", True),
        ({"number": 5}, "15 or 0.5", False),
        ({"number": 3}, "no number", False),
        ({"contains": "yes", "number": 3}, "yes, 4", False),
    ],
)
def test_rules_say_what_a_text_must_hold(rule: dict[str, object], text: str, holds: bool) -> None:
    assert Rule.model_validate(rule).holds(text) is holds


SUM = {"name": "calculate", "result": {"number": 42}}
CALL, RESULT = ToolCall("1", "calculate", {"expression": "6 * 7"}), ToolResult("1", "calculate", "42")


@pytest.mark.parametrize(
    ("expected", "steps", "failures"),
    [
        (
            {"calls": [SUM], "answer": {"number": 42}},
            [CALL, RESULT, TextDelta("It is 4"), TextDelta("2.")],
            0,
        ),
        ({"calls": [SUM], "answer": {"number": 42}}, [TextDelta("42")], 1),
        ({"calls": [SUM], "answer": {"number": 42}}, [TextDelta("42"), CALL, RESULT], 1),
        ({"calls": [SUM]}, [CALL, ToolResult("1", "calculate", "41")], 1),
        ({"calls": [{"name": "convert"}]}, [CALL, RESULT], 1),
        ({"calls": [{"name": "calculate", "arguments": {"expression": {"contains": "6"}}}]}, [CALL], 0),
        ({"calls": [{"name": "calculate", "arguments": {"expression": {"contains": "8"}}}]}, [CALL], 1),
        ({"calls": [{"name": "calculate", "arguments": {"other": {"contains": "6"}}}]}, [CALL], 1),
        ({"calls": []}, [TextDelta("Hello")], 0),
        ({"calls": []}, [CALL, RESULT, TextDelta("Hello")], 1),
    ],
)
def test_a_case_compares_calls_results_and_the_last_words(
    expected: dict[str, object], steps: list[object], failures: int
) -> None:
    case = Case.model_validate({"question": "?", **expected})

    assert len(case.failures(steps)) == failures  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{}", "line 2: question: Field required"),
        ('{"question": "?", "anwser": {"number": 1}}', "line 2: anwser: Extra inputs"),
        ('{"question": "?", "answer": {}}', "line 2: answer: .*give contains, matches or number"),
        (
            '{"question": "?", "answer": {"matches": "("}}',
            "line 2: answer.matches: .*not a regular expression",
        ),
        ('{"question": "?", "calls": [{"name": 1}]}', r"line 2: calls\.0\.name"),
        ("not json", "line 2: .*JSON"),
    ],
)
def test_a_broken_case_is_a_problem_that_names_the_line(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f'{{"question": "?"}}\n{line}\n', encoding="utf-8")

    with pytest.raises(Problem, match=reason):
        read_cases(file)


def test_a_file_without_cases_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")

    with pytest.raises(Problem, match="holds no cases"):
        read_cases(tmp_path / "empty.jsonl")
    with pytest.raises(Problem, match="cannot read"):
        read_cases(tmp_path / "missing.jsonl")


def test_the_shipped_cases_ask_in_both_languages_for_every_tool() -> None:
    cases = read_cases(CASES)

    chinese = [case for case in cases if any("\u4e00" <= letter <= "\u9fff" for letter in case.question)]
    assert min(len(chinese), len(cases) - len(chinese)) >= 15
    assert len({case.question for case in cases}) == len(cases)
    expected = {call.name for case in cases for call in case.calls or []}
    assert expected == {tool.__name__ for tool in tool_agent.TOOLS}
    assert any(case.calls == [] for case in cases)
    assert any(len(case.calls or []) == 2 for case in cases)


def test_each_attempt_begins_anew_with_the_files_of_the_case(play: Play, tmp_path: Path) -> None:
    endpoint = play(
        CallTool("read_file", {"path": "a.txt"}),
        "It says apple.",
        CallTool("read_file", {"path": "a.txt"}),
        "It says pear.",
    )
    case = Case.model_validate(
        {"question": "What is in a.txt?", "answer": {"contains": "apple"}, "files": {"a.txt": "apple"}}
    )

    [outcome] = evaluate(ToolAgent, [case], repeat=2)

    assert [attempt.failures for attempt in outcome.attempts] == [[], ['answer {"contains": ["apple"]}']]
    assert [request["messages"][-1]["content"] for request in endpoint.requests[1::2]] == ["apple", "apple"]
    assert [len(request["messages"]) for request in endpoint.requests] == [2, 4, 2, 4]
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_agent_is_a_problem() -> None:
    with pytest.raises(Problem, match=r"no agents/nobody\.py"):
        find_agent("nobody")
    with pytest.raises(Problem, match="no class with a method ask"):
        find_agent("runtime")


def test_the_command_prints_a_table_with_what_failed_and_a_summary(
    play: Play, run_sample: RunSample, tmp_path: Path
) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.", "Bonjour")
    cases = [
        {"question": "6 * 7?", "calls": [SUM], "answer": {"number": 42}},
        {"question": "你好", "answer": {"contains": "您好"}},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")

    finished = run_sample(
        "__main__", "evaluate", str(file), CHAT_MODEL_BASE_URL=endpoint.base_url, COLUMNS="150"
    )

    assert finished.returncode == 0, finished.stderr
    *table, summary = finished.stdout.splitlines()
    shown = "\n".join(table)
    for text in (
        "MOLY_DETERMINISTIC=1",
        "1/1",
        "0/1",
        'calculate {"expression": "6 * 7"}',
        "Bonjour",
        '"您好"',
    ):
        assert text in shown
    figures = json.loads(summary)
    assert figures.pop("seconds") >= 0
    assert figures == {
        "agent": "tool_agent",
        "model": "moly-chat",
        "cases": 2,
        "attempts": 2,
        "passed": 1,
        "rate": 0.5,
        "model_calls": 3,
        "input_tokens": 60,
        "cached_tokens": 36,
        "output_tokens": 15,
    }


def test_a_bare_value_of_an_argument_stands_for_a_rule() -> None:
    call = {"name": "hike", "arguments": {"km": 10, "city": "Oslo", "days": {"number": 3}}}

    [expected] = Case.model_validate({"question": "How long?", "calls": [call]}).calls or []

    assert expected.arguments == {
        "km": Rule(number=10),
        "city": Rule(contains=("Oslo",)),
        "days": Rule(number=3),
    }
