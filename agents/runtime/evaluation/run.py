"""Run an agent over cases, every attempt in a conversation of its own."""

import contextlib
import importlib
import inspect
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.markup import escape
from rich.progress import Progress

from agents.runtime.evaluation.case import Case
from agents.runtime.evaluation.results import Answered, Attempt, Outcome
from agents.runtime.screen import console, note
from agents.runtime.steps import Agent, Step, joined
from agents.tools.files import WORKSPACE
from kit.problem import Problem

# What else reads the steps to a question on their way, such as a trace.
Record = Callable[[str, Iterator[Step]], Iterator[Step]]


def find_agent(name: str, prompt: Path | None = None) -> Callable[[], Agent]:
    """The class in agents/NAME.py that has a method `ask` and is made without arguments.

    The text of `prompt` stands in for the SYSTEM_PROMPT of its module.
    """
    try:
        module = importlib.import_module(f"agents.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"agents.{name}":
            raise
        raise Problem(
            f"there is no agents/{name}.py. `python -m agents` lists the agents.",
            f"没有 agents/{name}.py。运行 `python -m agents` 可列出全部智能体。",
        ) from None
    if prompt:
        if not hasattr(module, "SYSTEM_PROMPT"):
            raise Problem(
                f"agents/{name}.py has no SYSTEM_PROMPT that {prompt} could stand in for.",
                f"agents/{name}.py 中没有可用 {prompt} 替换的 SYSTEM_PROMPT。",
            )
        vars(module)["SYSTEM_PROMPT"] = _text(prompt)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise Problem(
            f"cannot read the prompt {path}: {reason}. Name a text file.",
            f"无法读取提示词 {path}：{reason}。请给出一个文本文件。",
        ) from None


def unrecorded(_: str, steps: Iterator[Step]) -> Iterator[Step]:
    return steps


def evaluate(
    start: Callable[[], Agent], cases: list[Case], repeat: int, record: Record = unrecorded
) -> list[Outcome]:
    """The attempts at each case; Ctrl-C ends with the cases done so far."""
    outcomes: list[Outcome] = []
    with Progress(*Progress.get_default_columns(), console=console, transient=True) as progress:
        task = progress.add_task("", total=len(cases) * repeat)
        try:
            for case in cases:
                progress.update(task, description=escape(case.question[:30]))
                attempts = []
                for _ in range(repeat):
                    attempts.append(_attempt(start, case, record))
                    progress.advance(task)
                outcomes.append(Outcome(case=case, attempts=attempts))
        except KeyboardInterrupt:
            note(f"Stopped after {len(outcomes)} cases.", f"已中断，完成了 {len(outcomes)} 个用例。")
    return outcomes


def _attempt(start: Callable[[], Agent], case: Case, record: Record) -> Attempt:
    with _folder(case.files):
        began = time.monotonic()
        agent = start()
        turns = []
        for turn in case.turns:
            steps = joined(record(turn.question, agent.ask(turn.question)))
            turns.append(Answered(steps=steps, failures=turn.failures(steps)))
        return Attempt(turns=turns, seconds=time.monotonic() - began)


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
