import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.doctor.finding import Finding
from kit.fork import archive, clean_copy, ready, tree
from kit.fork.new import MARK
from kit.fork.pack import hand_in
from kit.problem import Problem

KEY = "sk-" + "Qw3rTyUiOpAsDfGhJkLz"
Git = Callable[..., None]
Check = Callable[[Path, list[str]], Iterator[Finding]]


@pytest.fixture
def project(tmp_path: Path, git: Git) -> Path:
    """A project that could be handed in."""
    files = {
        ".gitignore": ".env\n",
        "README.md": "# Heron\n\nIt counts days.\n",
        "LICENSE": "Apache License",
        ".env.example": "CHAT_API_KEY=moly\n",
        "agents/__init__.py": "",
        "agents/heron.py": 'print("usage: heron")\n',
        "tests/test_heron.py": "def test_it() -> None:\n    assert True\n",
        "pyproject.toml": '[tool.pytest.ini_options]\nmarkers = ["real"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "Begin")
    return tmp_path


def found(check: Check, project: Path) -> dict[str, str]:
    """By code, what the check says beside what is well."""
    return {f.code: f.en for f in check(project, tree.files(project)) if f.level != "ok"}


@pytest.mark.parametrize("check", [ready.keys, ready.licence, ready.size, ready.readme])
def test_a_project_with_everything_lacks_nothing(project: Path, check: Check) -> None:
    assert found(check, project) == {}
    assert list(ready.committed(project)) == []


def test_a_key_in_a_file_is_told_by_file_and_line_and_not_printed(project: Path) -> None:
    (project / "agents" / "heron.py").write_text(f'print("x")\nKEY = "{KEY}"\n', encoding="utf-8")

    told = found(ready.keys, project)["pack.key"]

    assert "agents/heron.py, line 2" in told
    assert KEY not in told


def test_the_key_of_env_is_found_whatever_its_form(project: Path) -> None:
    (project / ".env").write_text("CHAT_API_KEY=herons-nest-in-trees\n", encoding="utf-8")
    (project / "README.md").write_text("# Heron\n\ncurl -H 'x: herons-nest-in-trees'\n", encoding="utf-8")

    assert "README.md, line 3" in found(ready.keys, project)["pack.key"]


def test_a_key_that_was_deleted_is_still_in_the_history(project: Path, git: Git) -> None:
    (project / "notes.md").write_text(f"{KEY}\n", encoding="utf-8")
    git("add", "-A")
    git("commit", "-qm", "Notes")
    (project / "notes.md").write_text("none\n", encoding="utf-8")
    git("commit", "-qam", "Take it out")

    told = found(ready.keys, project)

    assert list(told) == ["pack.key_in_history"]
    assert "notes.md (" in told["pack.key_in_history"]
    assert KEY not in told["pack.key_in_history"]


def test_an_example_of_a_key_is_none(project: Path) -> None:
    (project / "README.md").write_text("CHAT_API_KEY=sk-abcdefghijklmnopqrstuvwxyz\n", encoding="utf-8")

    assert found(ready.keys, project) == {}


def test_a_project_without_a_licence_is_told(project: Path) -> None:
    (project / "LICENSE").unlink()

    assert "Apache-2.0" in found(ready.licence, project)["pack.licence"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "README.md is missing"),
        ("# H\n<!-- fill in: what -->\n", "line 2"),
        (f"# Kit\n{MARK} -->\n", "still the kit's own"),
    ],
)
def test_a_readme_that_is_not_the_teams_yet_is_told(project: Path, text: str, told: str) -> None:
    (project / "README.md").write_text(text, encoding="utf-8")

    assert told in found(ready.readme, project)["pack.readme"]


def test_a_large_file_is_told_by_name_and_size(project: Path) -> None:
    (project / "README.md").write_bytes(b"0" * 21_000_000)

    assert "README.md has 21 MB" in found(ready.size, project)["pack.large"]


def test_a_file_that_is_not_in_git_is_told(project: Path) -> None:
    (project / "new.py").touch()

    [finding] = ready.committed(project)

    assert "not handed in: new.py" in finding.en


def test_what_is_handed_in_without_a_commit_is_told_and_stands_in_the_manifest(project: Path) -> None:
    names = [f"new{number}.py" for number in range(7)]
    for name in names:
        (project / name).touch()
    tree.add(project, names)

    [finding] = ready.committed(project)
    archive.write(project / "heron.zip", project, tree.files(project), "heron", [])

    assert "new0.py" in finding.en and "(+2)" in finding.en
    with zipfile.ZipFile(project / "heron.zip") as packed:
        assert json.loads(packed.read("heron/MANIFEST.json"))["commit"].endswith("with changes")


def test_a_folder_without_git_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="git init"):
        tree.files(tmp_path)


def test_an_agent_that_is_not_in_git_is_told_what_to_do(project: Path) -> None:
    (project / "agents" / "egret.py").touch()

    with pytest.raises(Problem, match="git add -A"):
        hand_in(project, "egret")


def test_the_copy_has_what_git_has_and_the_settings_of_the_example(project: Path, tmp_path: Path) -> None:
    (project / ".env").write_text("CHAT_API_KEY=not-handed-in\n", encoding="utf-8")

    clean_copy.make(project, tree.files(project), tmp_path / "copy")

    assert (tmp_path / "copy" / ".env").read_text(encoding="utf-8") == "CHAT_API_KEY=moly\n"
    assert (tmp_path / "copy" / "agents" / "heron.py").is_file()


@pytest.mark.parametrize(
    ("code", "told"),
    [("print('usage: heron')", "starts"), ("import nowhere", "nowhere"), ("open('data.csv')", "data.csv")],
)
def test_an_agent_that_needs_what_is_not_handed_in_does_not_start(
    project: Path, tmp_path: Path, code: str, told: str
) -> None:
    (project / "data.csv").write_text("not in git", encoding="utf-8")
    (project / "agents" / "heron.py").write_text(f"{code}\n", encoding="utf-8")
    clean_copy.make(project, tree.files(project), tmp_path / "copy")

    finding = clean_copy.start(tmp_path / "copy", "heron")

    assert told in finding.en
    assert finding.level == ("ok" if told == "starts" else "error")


@pytest.mark.parametrize(
    ("code", "output", "level", "told"),
    [
        (0, ".\n== 1 passed in 0.01s ==\n", "ok", "1 passed"),
        (
            1,
            "F\nFAILED tests/test_heron.py::test_it - assert 0\n1 failed\n",
            "error",
            "test_heron.py::test_it",
        ),
        (5, "\nno tests ran in 0.00s\n", "error", "no tests ran"),
        (1, "/usr/bin/python: No module named pytest\n", "error", "pip install"),
    ],
)
def test_what_pytest_says_is_told_in_a_line(code: int, output: str, level: str, told: str) -> None:
    finding = clean_copy.told(code, output)

    assert (finding.level, told in finding.en) == (level, True)


def test_the_archive_has_the_files_and_a_manifest_of_them(project: Path) -> None:
    files = tree.files(project)
    findings = list(ready.licence(project, files))

    archive.write(project / "heron.zip", project, files, "heron", findings)

    with zipfile.ZipFile(project / "heron.zip") as packed:
        manifest = json.loads(packed.read("heron/MANIFEST.json"))
        assert set(packed.namelist()) == {f"heron/{file}" for file in [*files, "MANIFEST.json"]}
    assert manifest["files"]["README.md"]["bytes"] == (project / "README.md").stat().st_size
    assert manifest["checks"] == [{"check": "pack.licence", "found": "licence: LICENSE"}]
    assert len(manifest["commit"]) >= 7


@pytest.mark.real
@pytest.mark.parametrize(("outcome", "written"), [("True", True), ("False", False)])
def test_a_project_is_packed_when_its_tests_pass_in_a_clean_copy(
    project: Path, outcome: str, written: bool
) -> None:
    (project / "tests" / "test_heron.py").write_text(f"def test_it():\n    assert {outcome}\n", "utf-8")

    findings = {finding.code: finding for finding in hand_in(project, "heron")}

    assert ("1 passed" in findings["pack.tests"].en) is written
    assert (project / "heron.zip").exists() is written
