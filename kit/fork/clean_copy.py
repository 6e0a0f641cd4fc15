"""A project tried in a copy of nothing but what is handed in, with `.env.example` as its `.env`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from kit.doctor.finding import Finding, error, ok

# The kit's own parts have tests that take minutes; a project's are in the other folders of tests/.
KITS = ("benchmarks", "clients", "deploy", "docs", "kit", "page", "rag", "server")
TEST_SECONDS = 600


def make(root: Path, files: list[str], copy: Path) -> None:
    for file in files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, copy / file)
    if (copy / ".env.example").exists():
        shutil.copy(copy / ".env.example", copy / ".env")


def start(copy: Path, agent: str) -> Finding:
    """Without a model: its imports, its command line and what it reads before the first question."""
    helped = _run(copy, f"agents.{agent}", "-h")
    if not helped.returncode:
        return ok(
            "pack.start",
            f"python -m agents.{agent} starts in a clean copy",
            f"agents.{agent} 在干净副本中可启动",
        )
    last = (helped.stdout.strip().splitlines() or ["no word"])[-1]
    return error(
        "pack.start",
        f"python -m agents.{agent} does not start in a clean copy: {last}. Is a file missing in git?"
        " `git status` shows it.",
        f"python -m agents.{agent} 在干净副本中无法启动：{last}。是否有文件没有提交？可用 `git status` 查看。",
    )


def tests(copy: Path) -> Finding:
    """The quick tests of the project."""
    ignored = [f"--ignore=tests/{folder}" for folder in KITS]
    ran = _run(copy, "pytest", "-q", "-m", "not real", "-p", "no:cacheprovider", *ignored)
    return told(ran.returncode, ran.stdout)


def told(code: int, output: str) -> Finding:
    """What pytest's exit code and its words mean."""
    lines = [line for line in output.splitlines() if line.strip()] or ["no word"]
    last = lines[-1].strip("= ")
    if not code:
        return ok("pack.tests", f"tests in a clean copy: {last}", f"干净副本中的测试：{last}")
    if "No module named pytest" in last:
        install = 'python -m pip install -r requirements.txt -e ".[test]"'
        return error("pack.tests", f"pytest is missing: `{install}`.", f"缺少 pytest：`{install}`。")
    failed = [line.split()[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    names = ", ".join(failed[:5]) or last
    return error(
        "pack.tests",
        f'tests do not pass in a clean copy: {names}. See `python -m pytest -m "not real"`.',
        f'干净副本中的测试未通过：{names}。请运行 `python -m pytest -m "not real"` 查看。',
    )


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    example = copy / ".env.example"
    text = example.read_text(encoding="utf-8") if example.exists() else ""
    # Settings of this terminal are not handed in.
    settings = re.findall(r"^(?:# )?([A-Z_]+)=", text, re.M)
    environment = {name: value for name, value in os.environ.items() if name not in settings}
    try:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=copy,
            env=environment | {"PYTHONPATH": str(copy), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=TEST_SECONDS,
        )
    except subprocess.TimeoutExpired as slow:
        return subprocess.CompletedProcess(slow.cmd, 1, f"no end after {TEST_SECONDS} s")
