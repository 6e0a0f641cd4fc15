"""A run, or two side by side, on the terminal."""

import json

from rich.table import Table
from rich.text import Text

from agents.runtime.evaluation.comparison import Comparison
from agents.runtime.evaluation.results import Answered, Outcome, Results
from agents.runtime.screen import console, note
from agents.runtime.steps import Note, ToolCall, ToolResult, final_answer

SHOWN_CHARACTERS = 160


def show(results: Results) -> None:
    """A row a case, with its calls and answers; in a failed one also what was expected."""
    table = Table("", "passed 通过", "question 问题", "calls and answer 调用与回答", "s")
    for number, outcome in enumerate(results.outcomes, 1):
        seconds = sum(attempt.seconds for attempt in outcome.attempts) / len(outcome.attempts)
        table.add_row(
            str(number), _passed(outcome), Text(outcome.case.questions), _told(outcome), f"{seconds:.1f}"
        )
    console.print(table)


def show_comparison(comparison: Comparison) -> None:
    """A row a case that flipped, and what that means."""
    table = Table("", "question 问题")
    for name, run in (("A", comparison.a), ("B", comparison.b)):
        table.add_column(name)
        table.add_column(_run(run))
    for sign, flipped in (("+", comparison.gained), ("-", comparison.lost)):
        for a, b in flipped:
            style = "green" if sign == "+" else "red"
            table.add_row(
                Text(sign, style=style), Text(a.case.questions), _passed(a), _told(a), _passed(b), _told(b)
            )
    if table.row_count:
        console.print(table)
    if comparison.left_out:
        note(
            f"{comparison.left_out} cases are not the same in both files, and are left out.",
            f"{comparison.left_out} 个用例在两个文件中不一致，未参与比较。",
        )
    note(*comparison.verdict)


def _run(results: Results) -> Text:
    prompt = f" · {results.prompt}" if results.prompt else ""
    return Text(f"{results.agent} · {results.model}{prompt}\n{results.at}")


def _passed(outcome: Outcome) -> Text:
    of = len(outcome.attempts)
    return Text(f"{outcome.passed}/{of}", style="green" if outcome.passed == of else "red")


def _told(outcome: Outcome) -> Text:
    attempt = outcome.told
    told = Text("\n".join(map(_turn, attempt.turns)))
    for failure in attempt.failures:
        told.append(f"\nexpected 期望: {failure}", style="red")
    return told


def _turn(turn: Answered) -> str:
    """Calls with their results, notes and the answer, each shortened to a line or two."""
    told = []
    for step in turn.steps:
        match step:
            case ToolCall(_, name, arguments):
                told.append(f"→ {name} {json.dumps(arguments, ensure_ascii=False)}")
            case ToolResult(_, _, result):
                told.append(f"← {' '.join(result.split())}")
            case Note(en):
                told.append(f"! {en}")
    told.append(final_answer(turn.steps) or "(no answer 无回答)")
    return "\n".join(
        line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + " …" for line in told
    )
