from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.cli import app
from kit.connect.program import programs
from kit.problem import Problem

run = CliRunner().invoke


def test_without_a_name_all_are_listed(home: Path) -> None:
    told = run(app, ["connect"]).output

    assert [name for name in programs() if name not in told] == []


@pytest.mark.parametrize("name", ["openai", "zed", "codex", "continue", "dify"])
def test_a_program_is_told_where_the_server_is(name: str, home: Path) -> None:
    told = run(app, ["connect", name]).output

    assert "http://localhost:8080/v1" in told
    assert programs()[name].docs in told
    assert not list(home.rglob("*.*")), "nothing is written without --write"


def test_variables_are_for_both_shells_and_a_quote_is_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_API_KEY", "it's")

    told = run(app, ["connect", "openai"]).output

    assert """export OPENAI_API_KEY='it'"'"'s'""" in told
    assert "$env:OPENAI_API_KEY = 'it''s'" in told


def test_write_says_where_and_what_is_left_to_do(home: Path) -> None:
    told = run(app, ["connect", "zed", "--write"]).output

    assert str(programs()["zed"].file) in told.replace("\n", "")
    assert "MOLY_KIT_API_KEY" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["kodex"], "Did you mean codex"),
        (["nowhere-near"], "lists the programs"),
        (["dify", "--write"], "no file to write"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], told: str, home: Path) -> None:
    failed = run(app, ["connect", *arguments]).exception

    assert isinstance(failed, Problem)
    assert told in failed.en
