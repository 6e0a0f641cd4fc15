import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.endpoint import CallTool, Failure, Play
from rich.console import Console
from running import RunSample

from agents.runtime.steps import Note, Step, TextDelta, ToolCall, ToolResult, Usage
from agents.runtime.trace import Trace, trees
from kit.problem import Problem


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def steps() -> Iterator[Step]:
    yield ToolCall("1", "calculate", {"expression": "6 × 7"})
    yield ToolResult("1", "calculate", "42")
    yield TextDelta("四十")
    yield TextDelta("二")
    yield Usage(20, 5, 12)
    yield Note("Fine.", "很好。")


def test_every_step_is_one_line_of_json_and_tokens_are_one_text(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    with Trace.open(file) as trace:
        assert list(trace.record("6 × 7?", steps())) == list(steps())

    written = lines(file)
    assert all(isinstance(line.pop("ms"), int) for line in written)
    assert written[0].pop("at")
    assert written == [
        {"step": "question", "text": "6 × 7?"},
        {"step": "tool_call", "id": "1", "name": "calculate", "arguments": {"expression": "6 × 7"}},
        {"step": "tool_result", "id": "1", "name": "calculate", "result": "42", "failed": False},
        {"step": "text", "text": "四十二"},
        {"step": "usage", "input_tokens": 20, "output_tokens": 5, "cached_tokens": 12},
        {"step": "note", "en": "Fine.", "zh": "很好。"},
        {"step": "end", "outcome": "complete"},
    ]


def test_a_step_is_in_the_file_before_the_next_one_happens(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    with Trace.open(file) as trace:
        recorded = trace.record("6 × 7?", steps())
        next(recorded)

        assert [line["step"] for line in lines(file)] == ["question", "tool_call"]
        recorded.close()


def test_an_answer_that_is_stopped_or_fails_leaves_what_was_written(tmp_path: Path) -> None:
    def failing() -> Iterator[Step]:
        yield TextDelta("Half an")
        raise ValueError("no more")

    file = tmp_path / "trace.jsonl"
    with Trace.open(file) as trace:
        stopped = trace.record("First?", steps())
        next(stopped)
        stopped.close()
        with pytest.raises(ValueError, match="no more"):
            list(trace.record("Second?", failing()))

    assert [(line["step"], line.get("text", line.get("outcome"))) for line in lines(file)] == [
        ("question", "First?"),
        ("tool_call", None),
        ("end", "stopped"),
        ("question", "Second?"),
        ("text", "Half an"),
        ("end", "ValueError: no more"),
    ]


def test_a_trace_is_shown_as_one_tree_a_question(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    with Trace.open(file) as trace:
        list(trace.record("First?", steps()))
        list(trace.record("[b]Second?[/b]", iter([ToolResult("1", "calculate", "Error: no", failed=True)])))

    console = Console(width=100)
    with console.capture() as capture:
        for tree in trees(file):
            console.print(tree)

    shown = capture.get()
    for text in (
        "First?",
        '→ calculate {"expression": "6 × 7"}',
        "← calculate: 42",
        "四十二",
        "tokens: 20 in (12 cached), 5 out",
        "很好。",
        "[b]Second?[/b]",
        "← calculate: Error: no",
    ):
        assert text in shown
    assert shown.count("└──") == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"not json\n", "line 1 is not a step"),
        (b'{"step": "note", "ms": 1, "en": "a", "zh": "b"}\n', "line 1 is not a step"),
        (b'{"step": "question", "ms": 0, "at": "now", "text": "?"}\n{"step": "dance", "ms": 1}\n', "line 2"),
        (b'{"step": "question", "ms": 0, "at": "now", "text": "?"}\n{"step": "text", "m', "line 2"),
        (b"[1]\n", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_trace_is_a_problem_that_names_the_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "trace.jsonl"
    file.write_bytes(content)

    with pytest.raises(Problem, match=reason):
        list(trees(file))


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot read"):
        list(trees(tmp_path / "missing.jsonl"))
    with pytest.raises(Problem, match="cannot write"):
        Trace.open(tmp_path / "missing" / "trace.jsonl")


def test_a_sample_writes_a_trace_without_the_key_and_the_command_shows_it(
    play: Play, run_sample: RunSample, tmp_path: Path
) -> None:
    endpoint = play(CallTool("calculate", {"expression": "6 * 7"}), Failure(400, "too long"))
    file = tmp_path / "trace.jsonl"

    asked = run_sample(
        "tool_agent",
        "6 * 7?",
        "--trace",
        str(file),
        CHAT_MODEL_BASE_URL=endpoint.base_url,
        CHAT_API_KEY="sk-hush",
    )
    shown = run_sample("__main__", "trace", str(file))

    assert asked.returncode == 2
    assert "too long" in asked.stderr
    assert endpoint.authorization == "Bearer sk-hush"
    assert "sk-hush" not in file.read_text(encoding="utf-8")
    assert shown.returncode == 0
    assert "← calculate: 42" in shown.stdout
    assert "too long" in shown.stdout
