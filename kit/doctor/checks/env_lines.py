"""`.env`, line by line."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kit.doctor import repair
from kit.doctor.finding import Finding, error, note, of_problem, ok, warning
from kit.doctor.setup import ROOT, Setup
from kit.env_file import FULL_WIDTH, SETTINGS, likely_setting, misspelt
from kit.problem import Problem

# What Windows, editors and people call the file instead.
MISNAMED = (".env.txt", ".env.example.txt", "env", ".env.local", ".env.ini")


def env_file(setup: Setup) -> Iterator[Finding]:
    """Whether there is a file, and what each of its lines says."""
    path = setup.env_path
    if path is None:
        yield from _no_file(setup)
        return
    if setup.unreadable:
        yield of_problem("env.encoding", setup.unreadable)
        return
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    found = [_malformed(path, lines, number, problem) for number, problem in setup.env_file.problems]
    for name, number in setup.env_file.lines.items():
        if likely := likely_setting(name):
            told = misspelt(path, number, name, likely)
            # Where the right name is there as well, a second one would keep every command from starting.
            mend = (
                repair.rewrite(path, number, f"# {lines[number - 1]}")
                if likely in setup.env_file.lines
                else repair.rename(path, name, likely)
            )
            found.append(warning("env.misspelt", told.en, told.zh, mend))
        elif name in SETTINGS and setup.environment.get(name, setup.env_file.values[name]) not in (
            "",
            setup.env_file.values[name],
        ):
            found.append(_hidden(setup, name))
    yield from found
    if _is_tracked(path):
        yield error(
            "env.committed",
            f"{setup.env_name} is in git, and its keys with it. `git rm --cached {setup.env_name}`, commit, and"
            " take new keys: the old ones stay in the history.",
            f"{setup.env_name} 已被 git 跟踪，其中的密钥也一并提交了。请运行 `git rm --cached"
            f" {setup.env_name}` 并提交，"
            "然后更换密钥：旧密钥仍在历史记录里。",
        )
    if not found:
        count = len(setup.env_file.values)
        yield ok("env.file", f"{setup.env_name}: {count} settings", f"{setup.env_name}：{count} 项设置")


def _no_file(setup: Setup) -> Iterator[Finding]:
    for name in MISNAMED:
        if (setup.folder / name).is_file():
            yield error(
                "env.name",
                f"{name} is not read: the file must be called .env, without another ending. Rename it to .env.",
                f"{name} 不会被读取：文件名必须是 .env，没有其他后缀。请改名为 .env。",
                repair.move(setup.folder / name, setup.folder / ".env"),
            )
            return
    yield note(
        "env.missing",
        "there is no .env: the defaults hold. Copy .env.example to .env to change one.",
        "没有 .env，因此使用默认值。如需修改，请把 .env.example 复制为 .env。",
        repair.copy(ROOT / ".env.example", setup.folder / ".env"),
    )


def _malformed(path: Path, lines: list[str], number: int, problem: Problem) -> Finding:
    line = lines[number - 1]
    if line.translate(FULL_WIDTH) != line:
        return of_problem("env.full_width", problem, repair.rewrite(path, number, line.translate(FULL_WIDTH)))
    if "already" in problem.en:
        first = [other.strip() for other in lines[: number - 1]]
        same = line.strip() in first
        return of_problem("env.twice", problem, repair.rewrite(path, number, None) if same else None)
    return of_problem("env.line", problem)


def _hidden(setup: Setup, name: str) -> Finding:
    there, here = setup.environment[name], setup.env_file.values[name]
    if name.endswith("KEY"):
        there, here = "***", "***"
    return warning(
        "env.hidden",
        f"{name}={there} in the environment wins over {name}={here} in {setup.env_name}. Unset it in this terminal"
        " if the file is meant.",
        f"环境变量 {name}={there} 优先于 {setup.env_name} 中的 {name}={here}。如以文件为准，请在终端中取消该变量。",
    )


def _is_tracked(path: Path) -> bool:
    if not shutil.which("git"):
        return False
    command = ["git", "ls-files", "--error-unmatch", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, timeout=5).returncode == 0
