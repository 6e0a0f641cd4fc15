"""Run an agent over cases and count: python -m agents evaluate agents/cases/tool_agent.jsonl"""

import contextlib
import importlib
import inspect
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from agents.evaluation.case import Case, answer
from agents.front.screen import console, note
from agents.front.steps import Agent, Called, Note, Returned, Step, Usage
from agents.tools.files import WORKSPACE
from kit.problem import Problem

SHOWN_CHARACTERS = 160


@dataclass(frozen=True)
class Attempt:
    """One run of a case."""

    steps: list[Step]
    failures: list[str]
    seconds: float


def find_agent(name: str) -> Callable[[], Agent]:
    """The class in agents/NAME.py that has a method `ask` and is made without arguments."""
    try:
        module = importlib.import_module(f"agents.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"agents.{name}":
            raise
        raise Problem(
            f"there is no agents/{name}.py. `python -m agents` lists the agents.",
            f"没有 agents/{name}.py。运行 `python -m agents` 可列出全部智能体。",
        ) from None
    for candidate in vars(module).values():
        if (
            isinstance(candidate, type)
            and candidate.__module__ == module.__name__
            and hasattr(candidate, "ask")
            and not inspect.signature(candidate).parameters
        ):
            return candidate
    raise Problem(
        f"agents/{name}.py has no class with a method ask(question) that is made without arguments.",
        f"agents/{name}.py 中没有无需参数即可创建、且带 ask(question) 方法的类。",
    )


def evaluate(start: Callable[[], Agent], cases: list[Case], repeat: int) -> list[list[Attempt]]:
    """The attempts at each case, every one in a new conversation; Ctrl-C ends with the cases done so far."""
    outcomes: list[list[Attempt]] = []
    with Progress(*Progress.get_default_columns(), console=console, transient=True) as progress:
        task = progress.add_task("", total=len(cases) * repeat)
        try:
            for case in cases:
                progress.update(task, description=case.question[:30])
                attempts = []
                for _ in range(repeat):
                    attempts.append(_attempt(start, case))
                    progress.advance(task)
                outcomes.append(attempts)
        except KeyboardInterrupt:
            note(f"Stopped after {len(outcomes)} cases.", f"已中断，完成了 {len(outcomes)} 个用例。")
    return outcomes


def _attempt(start: Callable[[], Agent], case: Case) -> Attempt:
    with _folder(case.files):
        began = time.monotonic()
        steps = list(start().ask(case.question))
        return Attempt(steps, case.failures(steps), time.monotonic() - began)


@contextlib.contextmanager
def _folder(files: dict[str, str] | None) -> Iterator[None]:
    """A case with files has a current folder of its own with just these in the workspace."""
    if files is None:
        yield
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in files.items():
            path = WORKSPACE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield


def show(cases: list[Case], outcomes: list[list[Attempt]]) -> None:
    """A row a case, with its calls and answer; in a failed one also what was expected."""
    table = Table("", "passed 通过", "question 问题", "calls and answer 调用与回答", "s")
    # Ctrl-C leaves fewer outcomes than cases.
    for number, (case, attempts) in enumerate(zip(cases, outcomes, strict=False), 1):
        passed = sum(not attempt.failures for attempt in attempts)
        shown = next((attempt for attempt in attempts if attempt.failures), attempts[0])
        told = Text(_told(shown.steps))
        for failure in shown.failures:
            told.append(f"\nexpected 期望: {failure}", style="red")
        table.add_row(
            str(number),
            Text(f"{passed}/{len(attempts)}", style="green" if passed == len(attempts) else "red"),
            Text(case.question),
            told,
            f"{sum(attempt.seconds for attempt in attempts) / len(attempts):.1f}",
        )
    console.print(table)


def summary(agent: str, model: str, outcomes: list[list[Attempt]]) -> str:
    """One line of JSON. `rate` is the share of attempts that passed."""
    attempts = [attempt for case in outcomes for attempt in case]
    usages = [step for attempt in attempts for step in attempt.steps if isinstance(step, Usage)]
    passed = sum(not attempt.failures for attempt in attempts)
    figures = {
        "agent": agent,
        "model": model,
        "cases": len(outcomes),
        "attempts": len(attempts),
        "passed": passed,
        "rate": round(passed / max(1, len(attempts)), 3),
        "seconds": round(sum(attempt.seconds for attempt in attempts), 1),
        "model_calls": len(usages),
        "input_tokens": sum(usage.input_tokens for usage in usages),
        "cached_tokens": sum(usage.cached_tokens for usage in usages),
        "output_tokens": sum(usage.output_tokens for usage in usages),
    }
    return json.dumps(figures, ensure_ascii=False)


def _told(steps: list[Step]) -> str:
    """Calls with their results, notes and the answer, each shortened to a line or two."""
    told = []
    for step in steps:
        match step:
            case Called(_, name, arguments):
                told.append(f"→ {name} {json.dumps(arguments, ensure_ascii=False)}")
            case Returned(_, name, result):
                told.append(f"← {' '.join(result.split())}")
            case Note(en):
                told.append(f"! {en}")
    told.append(answer(steps) or "(no answer 无回答)")
    return "\n".join(
        line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + " …" for line in told
    )
