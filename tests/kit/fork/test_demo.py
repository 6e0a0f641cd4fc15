import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.fork import demo
from kit.problem import Problem

Git = Callable[..., None]
AGENT = '''"""An agent that answers: python -m agents.heron "How are you?"""'''
PRINTS = "import sys\nprint('→ look {}')\nprint('很好 · fine:', *sys.argv[1:])\n"
READMES = {
    "README.md": "# Heron\n\n<!-- demo -->\n<!-- fill in: a recording -->\n<!-- end of demo -->\n\n## Licence\n",
    "README.zh-CN.md": "# 苍鹭\n\n<!-- demo -->\n<!-- end of demo -->\n",
}


@pytest.fixture
def project(tmp_path: Path, git: Git) -> Path:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "__init__.py").touch()
    (tmp_path / "agents" / "heron.py").write_text(f"{AGENT}\n{PRINTS}", encoding="utf-8")
    for page, text in READMES.items():
        (tmp_path / page).write_text(text, encoding="utf-8")
    git("init", "-q")
    return tmp_path


@pytest.mark.real
def test_a_run_becomes_a_cast_and_a_picture_in_both_readmes(project: Path) -> None:
    written = demo.add_demo(project, "heron")

    header, *events = map(json.loads, (project / demo.CAST).read_text(encoding="utf-8").splitlines())
    assert (header["version"], header["title"]) == (2, 'python -m agents.heron "How are you?"')
    assert [kind for _, kind, _ in events] == ["o", "o", "o"]
    assert "".join(text for _, _, text in events).endswith("→ look {}\r\n很好 · fine: How are you?\r\n")
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)
    picture = (project / demo.PICTURE).read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "很好" in picture
    for page in READMES:
        text = (project / page).read_text(encoding="utf-8")
        assert f"[![heron]({demo.PICTURE})]({demo.CAST})" in text
        assert "fill in" not in text
    assert "## Licence" in (project / "README.md").read_text(encoding="utf-8")
    assert written == [demo.CAST, demo.PICTURE, *READMES]
    staged = subprocess.run(
        ["git", "ls-files"], cwd=project, capture_output=True, encoding="utf-8", check=True
    )
    assert staged.stdout.split() == [demo.CAST, demo.PICTURE], "they are handed in"


@pytest.mark.real
def test_another_recording_takes_the_place_of_the_first(project: Path) -> None:
    for question in ("One?", "Two?"):
        demo.add_demo(project, "heron", question)

    assert (project / "README.md").read_text(encoding="utf-8").count(demo.PICTURE) == 1
    assert "Two?" in (project / demo.CAST).read_text(encoding="utf-8")


@pytest.mark.real
def test_a_key_is_not_recorded(project: Path) -> None:
    key = "sk-" + "Qw3rTyUiOpAsDfGhJkLz"
    with (project / "agents" / "heron.py").open("a", encoding="utf-8") as agent:
        agent.write(f"print('the key is {key}')\n")

    demo.add_demo(project, "heron")

    recorded = (project / demo.CAST).read_text(encoding="utf-8") + (project / demo.PICTURE).read_text("utf-8")
    assert key not in recorded
    assert "the key is ***" in recorded.replace("&#160;", " ")


@pytest.mark.real
def test_a_run_that_fails_is_told_and_nothing_is_recorded(project: Path) -> None:
    with (project / "agents" / "heron.py").open("a", encoding="utf-8") as agent:
        agent.write("sys.exit('no server answers')\n")

    with pytest.raises(Problem, match="no server answers"):
        demo.add_demo(project, "heron")

    assert not (project / "docs").exists()
    assert (project / "README.md").read_text(encoding="utf-8") == READMES["README.md"]


def test_a_readme_without_a_place_is_told_what_to_write(project: Path) -> None:
    for page in READMES:
        (project / page).write_text("# Heron\n", encoding="utf-8")

    with pytest.raises(Problem, match="<!-- demo -->"):
        demo.add_demo(project, "heron")


def test_an_agent_without_an_example_needs_a_question(project: Path) -> None:
    (project / "agents" / "heron.py").write_text("print('hello')\n", encoding="utf-8")

    with pytest.raises(Problem, match="--question"):
        demo.add_demo(project, "heron")


def test_colours_are_kept_and_wide_characters_are_not_squeezed() -> None:
    """rich gives a Chinese character the width of a Latin one, and fetches its font from another machine."""
    picture = demo.picture("heron", [(0.0, "\x1b[32m← 二百五十美元\x1b[0m\n")])

    assert "textLength" not in picture
    assert "@font-face" not in picture
    assert "二百五十美元" in picture
    assert "fill: #98a84b" in picture  # green
