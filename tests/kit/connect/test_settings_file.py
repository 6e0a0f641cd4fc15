import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.connect import settings_file
from kit.connect.program import Program, programs
from kit.problem import Problem

FILES = ["continue", "aider", "opencode", "codex", "claude-code", "qwen-code", "zed", "llm", "litellm"]
READERS = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}


def read(program: Program) -> Any:
    assert program.file
    return READERS[program.format](program.file.read_text(encoding="utf-8"))


def write(program: Program) -> Path | None:
    assert program.file
    return settings_file.write(program, program.file)


def theirs(program: Program, text: str) -> Path:
    """Settings that a person has already."""
    assert program.file
    program.file.parent.mkdir(parents=True, exist_ok=True)
    program.file.write_text(text, encoding="utf-8")
    return program.file


def test_these_are_all_that_have_a_file(home: Path) -> None:
    assert [name for name, program in programs().items() if program.path] == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_new_file_says_what_the_program_needs_and_nothing_is_done_twice(name: str, home: Path) -> None:
    program = programs()[name]

    assert write(program) is None
    first = read(program)
    assert first == (program.begin | program.content if program.begin else program.content)

    assert write(program) is None
    assert read(program) == first
    assert not list(home.rglob("*before-connect*"))


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        (
            "zed",
            '// my settings\n{\n  "theme": "One", // dark\n'
            '  "language_models": {\n    "ollama": {"api_url": "x"},\n  },\n}\n',
            ["// my settings", "// dark", '"theme": "One"', '"ollama": {"api_url": "x"}'],
        ),
        ("claude-code", '{"permissions": {"allow": ["Bash"]}}', ['"allow"', '"Bash"']),
        (
            "codex",
            '# mine\napproval_policy = "never" # always\n\n[mcp_servers.files]\ncommand = "npx"\n',
            ["# mine", 'approval_policy = "never" # always', '[mcp_servers.files]\ncommand = "npx"'],
        ),
        (
            "continue",
            "name: My own # mine\nversion: 2.0.0\nschema: v1\nmodels:\n"
            "  # the large one\n  - name: GPT\n    provider: openai\n",
            ["name: My own # mine", "version: 2.0.0", "# the large one", "- name: GPT"],
        ),
        ("llm", "- model_id: other # mine\n  model_name: other\n", ["- model_id: other # mine"]),
        ("aider", "# mine\ndark-mode: true\n", ["# mine", "dark-mode: true"]),
    ],
)
def test_what_else_stands_there_stays_comments_too(name: str, text: str, kept: list[str], home: Path) -> None:
    program = programs()[name]
    file = theirs(program, text)

    copy = write(program)

    after = file.read_text(encoding="utf-8")
    assert [line for line in kept if line not in after] == []
    assert "moly-chat" in after
    assert copy and copy.read_text(encoding="utf-8") == text
    assert write(program) is None, "it is as wanted"


def test_an_entry_of_the_same_name_is_brought_up_to_date(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs(programs()["llm"], "- model_id: moly-chat\n  model_name: old\n  aliases: [m]\n- model_id: other\n")
    monkeypatch.setenv("CHAT_MODEL_BASE_URL", "http://localhost:9000/v1")

    write(programs()["llm"])

    mine, other = read(programs()["llm"])
    assert (mine["model_name"], mine["api_base"], mine["aliases"]) == (
        "moly-chat",
        "http://localhost:9000/v1",
        ["m"],
    )
    assert other == {"model_id": "other"}


def test_each_change_leaves_a_copy_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs(programs()["aider"], "dark-mode: true\n")

    first = write(programs()["aider"])
    monkeypatch.setenv("CHAT_MODEL_NAME", "larger")
    second = write(programs()["aider"])

    assert first and second and first != second
    assert first.read_text(encoding="utf-8") == "dark-mode: true\n"
    assert "moly-chat" in second.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n"])
@pytest.mark.parametrize("name", ["codex", "aider"])
def test_a_file_without_settings_is_begun(name: str, text: str, home: Path) -> None:
    theirs(programs()[name], text)

    write(programs()[name])

    assert "moly-chat" in json.dumps(read(programs()[name]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("zed", '{"theme": '),
        ("zed", "[1, 2]"),
        ("codex", "model = \n"),
        ("aider", "a: [b\n"),
        ("llm", "just: a table\n"),
        ("continue", "- a list\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_left_as_it_is(name: str, text: str, home: Path) -> None:
    file = theirs(programs()[name], text)

    with pytest.raises(Problem, match=r"Nothing was changed"):
        write(programs()[name])

    assert [path.name for path in file.parent.iterdir() if path.is_file()] == [file.name]
    assert file.read_text(encoding="utf-8") == text


def test_a_file_in_another_encoding_is_told_and_left_as_it_is(home: Path) -> None:
    file = theirs(programs()["aider"], "")
    file.write_bytes("dark-mode: 是".encode("gbk"))

    with pytest.raises(Problem, match="UTF-8"):
        write(programs()["aider"])

    assert file.read_bytes() == "dark-mode: 是".encode("gbk")


def test_a_folder_in_the_files_place_is_told(home: Path) -> None:
    (home / ".aider.conf.yml").mkdir()

    with pytest.raises(Problem, match="cannot write"):
        write(programs()["aider"])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there, and modes are others")
def test_a_link_stays_a_link_and_rights_stay_as_they_are(home: Path) -> None:
    kept = home / "dotfiles"
    kept.write_text("dark-mode: true\n", encoding="utf-8")
    kept.chmod(0o640)
    (home / ".aider.conf.yml").symlink_to(kept)

    write(programs()["aider"])

    assert (home / ".aider.conf.yml").is_symlink()
    assert "moly-chat" in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
