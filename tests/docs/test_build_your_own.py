"""docs/build-your-own.md followed to the letter in a copy of the tree: copy, files, changes, tests, cases."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit_pages import ROOT, read

GUIDES = ["docs/build-your-own.md", "docs/build-your-own.zh-CN.md"]

# A block that is a whole file comes after its path; a change is a block of lines that go and lines that come.
FILE = re.compile(r"`(?P<path>[\w/]+\.\w+)`[:：]\n\n```(?:python|json)\n(?P<text>.*?)^```$", re.M | re.S)
CHANGE = re.compile(r"^```diff\n(?P<lines>.*?)^```$", re.M | re.S)

# The new files alone: with langchain and openai it takes minutes on a cold cache.
MYPY = ["mypy", "--follow-imports=skip"]


def follow(page: str, tree: Path) -> None:
    """Copy the kit and do what the page says; what it makes and a fork has already is made anew."""
    text = read(page)
    made = {"mine.py", *(file["path"].rsplit("/")[-1] for file in FILE.finditer(text))}
    for folder in ("agents", "benchmarks", "deploy", "docs", "kit", "rag", "server", "skills", "tests"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", *made))
    for file in (path for path in ROOT.iterdir() if path.is_file() and path.name not in (".env", ".git")):
        shutil.copy(file, tree)
    shutil.copy(tree / "agents" / "tool_agent.py", tree / "agents" / "mine.py")
    for block in FILE.finditer(text):
        (tree / block["path"]).write_text(block["text"], encoding="utf-8")
    agent = tree / "agents" / "mine.py"
    code = agent.read_text(encoding="utf-8")
    for change in CHANGE.finditer(text):
        lines = change["lines"].splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line.startswith("-"))
        after = "".join(line[1:] for line in lines if line.startswith("+"))
        assert code.count(before) == 1, before
        code = code.replace(before, after)
    agent.write_text(code, encoding="utf-8")


def run(tree: Path, *arguments: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=240,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_the_guide_leads_to_an_agent_whose_tests_pass(tmp_path: Path) -> None:
    follow(GUIDES[0], tmp_path)

    passed = run(tmp_path, "pytest", "-q", "tests/agents/test_days.py", "tests/agents/test_mine.py")
    listed = run(tmp_path, "agents")
    cases = run(tmp_path, "agents", "evaluate", "--help")

    assert "8 passed" in passed
    assert "python -m agents.mine" in listed
    assert "--repeat" in cases


@pytest.mark.parametrize("tool", [["ruff", "format", "--check"], ["ruff", "check"], MYPY])
def test_the_guide_leads_to_files_that_our_own_tools_accept(tool: list[str], tmp_path: Path) -> None:
    """The new file began with a block of imports in another order, which ruff refused."""
    pytest.importorskip(tool[0], reason="comes with the extra dev")
    follow(GUIDES[0], tmp_path)
    made = ["agents/mine.py", "agents/tools/days.py"]
    tests = ["tests/agents/test_days.py", "tests/agents/test_mine.py"]

    run(tmp_path, *tool, *(made if tool == MYPY else made + tests))


@pytest.mark.parametrize("page", GUIDES)
def test_the_cases_of_the_guide_can_be_read(page: str, tmp_path: Path) -> None:
    from agents.runtime.evaluation.case import read_cases

    found = {file["path"]: file["text"] for file in FILE.finditer(read(page))}
    cases = tmp_path / "mine.jsonl"
    cases.write_text(found["agents/cases/mine.jsonl"], encoding="utf-8")

    assert len(read_cases(cases)) == 5


def test_both_languages_give_the_same_commands_and_files() -> None:
    english, chinese = (read(page) for page in GUIDES)

    for language in ("bash", "powershell", "diff", "json"):
        blocks = re.compile(rf"^```{language}\n(.*?)^```$", re.M | re.S)
        assert blocks.findall(english) == blocks.findall(chinese)
    assert [file["text"] for file in FILE.finditer(english)] == [
        file["text"] for file in FILE.finditer(chinese)
    ]
