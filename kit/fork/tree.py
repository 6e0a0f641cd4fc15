"""What git holds of a project: its files now, and every line that it ever had."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kit.problem import Problem


def files(root: Path) -> list[str]:
    """Paths of the tracked files that are there, with / between folders. Raises `Problem` without git."""
    if not shutil.which("git"):
        raise Problem(
            "git is not installed, and says what belongs to the project. Install it: https://git-scm.com",
            "没有安装 git，无法确定哪些文件属于项目。请安装：https://git-scm.com",
        )
    if not (root / ".git").exists():
        raise Problem(
            f"{root} is no git repository. `git init`, `git add -A`, `git commit -m Begin`.",
            f"{root} 不是 git 仓库。请依次运行 `git init`、`git add -A`、`git commit -m Begin`。",
        )
    return [path for path in _git(root, "ls-files", "-z").split("\0") if path and (root / path).is_file()]


def changed(root: Path) -> tuple[list[str], list[str]]:
    """Tracked files that no commit has as they are now, and files that git does not know."""
    lines = _git(root, "status", "--porcelain").splitlines()
    unknown = [line[3:] for line in lines if line.startswith("??")]
    return [line[3:] for line in lines if not line.startswith("??")], unknown


def add(root: Path, files: list[str]) -> None:
    """Tell git of new files, which the next commit takes."""
    _git(root, "add", "--", *files)


def commit(root: Path) -> str:
    """Empty before the first one."""
    try:
        return _git(root, "rev-parse", "--short", "HEAD").strip()
    except subprocess.CalledProcessError:
        return ""


def added_lines(root: Path) -> Iterator[tuple[str, str, str]]:
    """Commit, file and text of every line that any commit of any branch has added."""
    command = [
        "git",
        "log",
        "--all",
        "--patch",
        "--unified=0",
        "--no-color",
        "--no-textconv",
        "--format=commit %h",
    ]
    log = subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    )
    assert log.stdout
    commit = file = ""
    with log:
        for line in log.stdout:
            if line.startswith("commit "):
                commit = line[7:].strip()
            elif line.startswith("+++ "):
                file = line[4:].strip().removeprefix("b/")
            elif line.startswith("+"):
                yield commit, file, line[1:]


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, encoding="utf-8").stdout
