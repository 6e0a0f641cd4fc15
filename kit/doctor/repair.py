"""What `--fix` does: changes of `.env` that cannot be meant otherwise, after a copy of the file as it was."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from kit.doctor.finding import Fix

BEFORE = ".env.before-fix"  # .gitignore keeps it out of commits, as it does .env


def set_value(path: Path, name: str, value: str) -> Fix:
    line = re.compile(rf"^(\s*(?:export\s+)?{re.escape(name)}\s*=).*$")
    return _changed(path, lambda lines: [line.sub(lambda found: found[1] + value, each) for each in lines])


def rename(path: Path, name: str, meant: str) -> Fix:
    begin = re.compile(rf"^(\s*(?:export\s+)?){re.escape(name)}(?=\s*=)")
    return _changed(path, lambda lines: [begin.sub(rf"\g<1>{meant}", line) for line in lines])


def rewrite(path: Path, number: int, line: str | None) -> Fix:
    """Another line in the place of this one, counted from 1, or none."""
    come = [] if line is None else [line]
    return _changed(path, lambda lines: lines[: number - 1] + come + lines[number:])


def move(source: Path, target: Path) -> Fix:
    return lambda: None if target.exists() else shutil.move(source, target)


def copy(source: Path, target: Path) -> Fix:
    return lambda: None if target.exists() else shutil.copy(source, target)


def _changed(path: Path, change: Callable[[list[str]], list[str]]) -> Fix:
    def fix() -> None:
        _back_up(path)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")

    return fix


def _back_up(path: Path) -> None:
    before = path.with_name(BEFORE)
    if not before.exists():
        shutil.copy(path, before)
