"""What was found: the thing and its value and, unless all is well, the cure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kit.problem import Problem

# A note is worth knowing; a warning may cost time later; an error keeps something from working.
Level = Literal["ok", "note", "warning", "error"]
Fix = Callable[[], object]


@dataclass(frozen=True)
class Finding:
    """`code` is noun.fault, the same for the same fault on every machine; `fix` does what is safe to be done."""

    code: str
    level: Level
    en: str
    zh: str
    fix: Fix | None = field(default=None, compare=False)


def ok(code: str, en: str, zh: str) -> Finding:
    return Finding(code, "ok", en, zh)


def note(code: str, en: str, zh: str, fix: Fix | None = None) -> Finding:
    return Finding(code, "note", en, zh, fix)


def warning(code: str, en: str, zh: str, fix: Fix | None = None) -> Finding:
    return Finding(code, "warning", en, zh, fix)


def error(code: str, en: str, zh: str, fix: Fix | None = None) -> Finding:
    return Finding(code, "error", en, zh, fix)


def of_problem(code: str, problem: Problem, fix: Fix | None = None) -> Finding:
    return Finding(code, "error", problem.en, problem.zh, fix)
