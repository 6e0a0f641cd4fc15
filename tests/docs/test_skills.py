"""Skills for coding assistants: read as their convention has it, and no command in them that there isn't."""

import re
import subprocess
import sys

import pytest
import yaml
from kit_pages import ROOT

SKILLS = sorted(ROOT.glob("skills/*/SKILL.md"))
TEXTS = [path.read_text(encoding="utf-8") for path in SKILLS]
# `python -m agents.NAME` and what it writes are the reader's; a subcommand is a word, and options follow.
COMMAND = re.compile(r"^ *(?:\.venv/bin/)?python3? -m ((?:kit|agents|rag)(?: [a-z]+)?)\b(?!\.)(.*)$", re.M)
OPTIONS: dict[str, set[str]] = {}
for text in TEXTS:
    for command, rest in COMMAND.findall(text):
        OPTIONS.setdefault(command, set()).update(re.findall(r"--[a-z-]+", rest))


@pytest.mark.parametrize("text", TEXTS, ids=[path.parent.name for path in SKILLS])
def test_a_skill_says_what_it_is_and_when_to_use_it(text: str, request: pytest.FixtureRequest) -> None:
    _, front, body = text.split("---\n", 2)

    told = yaml.safe_load(front)

    assert told["name"] == request.node.callspec.id
    assert "Use when" in told["description"]
    assert len(told["description"]) <= 1024
    assert len(text.splitlines()) <= 60
    named = re.findall(r"(?:docs|agents)/[\w/]+\.\w+", body)
    assert [file for file in named if "NAME" not in file and not (ROOT / file).exists()] == []


@pytest.mark.real
@pytest.mark.parametrize("command", OPTIONS)
def test_a_command_of_a_skill_exists_with_its_options(command: str) -> None:
    helped = subprocess.run(
        [sys.executable, "-m", *command.split(), "--help"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )

    assert helped.returncode == 0, helped.stderr
    assert {option for option in OPTIONS[command] if option not in helped.stdout} == set()
