"""A fork from the first minute: its own agent, tests, cases and README, and everything green."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.fork import new as begun
from kit.fork.new import ROOT, _check, _moved
from kit.problem import Problem


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("agents", "benchmarks", "deploy", "docs", "kit", "rag", "server", "skills", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (path for path in ROOT.iterdir() if path.is_file() and path.name not in (".env", ".git")):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.mark.real
def test_a_fork_is_green_from_the_first_minute(tree: Path) -> None:
    made = run(tree, "kit", "new", "night_heron", "--title", "夜鹭 Night heron")
    assert made.returncode == 0, made.stdout + made.stderr

    assert (tree / "README.md").read_text(encoding="utf-8").startswith("# 夜鹭 Night heron\n")
    assert "python -m agents.night_heron" in run(tree, "agents").stdout
    docs = run(
        tree, "pytest", "-q", "tests/docs", "-k", "not curl and not follow and not fork and not accept"
    )
    assert docs.returncode == 0, docs.stdout
    again = run(tree, "kit", "new", "night_heron")
    assert (again.returncode, "agents/night_heron.py is there already" in again.stderr) == (2, True)
    other = run(tree, "kit", "new", "stork")
    assert other.returncode == 0
    assert "夜鹭" in (tree / "README.md").read_text(encoding="utf-8"), "a README of the team's own stays"


@pytest.mark.real
@pytest.mark.parametrize("tool", [["ruff", "format", "--check"], ["ruff", "check"]])
def test_what_is_made_is_formatted_whatever_its_name(tool: list[str], tree: Path) -> None:
    pytest.importorskip("ruff", reason="comes with the extra dev")
    for name in ("ab", "zebra_finch_with_a_long_name"):
        assert run(tree, "kit", "new", name).returncode == 0
        checked = run(tree, *tool, f"agents/{name}.py", f"tests/agents/test_{name}.py")
        assert checked.returncode == 0, checked.stdout


def test_who_has_not_installed_pytest_is_told_how_to_run_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(begun, "ROOT", tmp_path)
    monkeypatch.setattr(begun, "find_spec", lambda _: None)
    for folder in ("agents/cases", "tests/agents"):
        (tmp_path / folder).mkdir(parents=True)

    begun.new("night_heron")

    assert "were not run: `python -m pip install" in (said := capsys.readouterr().out)
    assert "测试未运行" in said
    assert (tmp_path / "agents/night_heron.py").exists()


@pytest.mark.parametrize("name", ["My-Agent", "苍鹭", "json", "class", "1st", "../x", "a" * 60, "tool_agent"])
def test_a_name_that_python_cannot_take_is_refused_with_one_that_it_can(name: str) -> None:
    with pytest.raises(Problem, match=f"{name[:9]}|tool_agent"):
        _check(name)


def test_links_of_the_readme_lead_on_from_its_new_place() -> None:
    moved = _moved("[a](docs/api.md) [b](agents/README.md) [c](README.zh-CN.md) [d](#x) [e](https://f)")

    assert moved == "[a](api.md) [b](../agents/README.md) [c](kit.zh-CN.md) [d](#x) [e](https://f)"
