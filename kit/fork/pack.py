"""`python -m kit pack NAME`: is everything there? Then one archive."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from kit.doctor import report
from kit.doctor.finding import Finding
from kit.fork import archive, clean_copy, ready, tree
from kit.fork.demo import add_demo
from kit.fork.new import ROOT
from kit.problem import Problem


def pack(
    agent: Annotated[str, typer.Argument(help="A file in agents/. agents/ 中的文件名。")],
    demo: Annotated[
        bool, typer.Option("--demo", help="Record a run for the README first. 先为 README 录制一次运行。")
    ] = False,
    question: Annotated[str, typer.Option(help="What to ask in the recording. 录制时提出的问题。")] = "",
) -> None:
    """Check what you hand in, and pack it 检查并打包提交内容。

    Exit code 0: the archive is written; 1: something is missing. 退出码 0：已打包；1：还缺内容。
    """
    _require(ROOT, agent)
    if demo or question:
        print("Recording a run. 正在录制。", flush=True)
        for written in add_demo(ROOT, agent, question):
            print(f"wrote 已写入 {written}")
    print("The tests in a clean copy take a minute or two. 在干净副本中运行测试需要一两分钟。", flush=True)
    findings = hand_in(ROOT, agent)
    report.show(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)
    target = _target(ROOT, agent)
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")


def hand_in(root: Path, agent: str) -> list[Finding]:
    """What was found; without an error among it the archive is written."""
    files = _require(root, agent)
    _target(root, agent).unlink(missing_ok=True)  # an earlier one is not what is handed in now
    findings = list(_findings(root, files, agent))
    if not any(finding.level == "error" for finding in findings):
        archive.write(_target(root, agent), root, files, agent, findings)
    return findings


def _require(root: Path, agent: str) -> list[str]:
    """What git has, the agent among it."""
    files = tree.files(root)
    if f"agents/{agent}.py" not in files:
        raise Problem(
            f"there is no agents/{agent}.py in git. `python -m agents` lists the agents, `git add -A` adds them.",
            f"git 中没有 agents/{agent}.py。`python -m agents` 列出全部智能体，`git add -A` 添加文件。",
        )
    return files


def _findings(root: Path, files: list[str], agent: str) -> Iterator[Finding]:
    yield from ready.committed(root)
    for check in (ready.keys, ready.licence, ready.size, ready.readme):
        yield from check(root, files)
    # On Windows a file that a test left open cannot be deleted yet.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / agent
        clean_copy.make(root, files, copy)
        yield clean_copy.start(copy, agent)
        yield clean_copy.tests(copy)


def _target(root: Path, agent: str) -> Path:
    return root / f"{agent}.zip"
