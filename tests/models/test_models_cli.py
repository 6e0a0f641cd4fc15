"""`python -m server models …`"""

from pathlib import Path

import pytest
from origin import Origin
from typer.testing import CliRunner

from kit.problem import Problem
from server.models.cli import app


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_model_is_listed_got_verified_found_and_removed(origin: Origin, folder: Path, tiny: bytes) -> None:
    assert "not measured here 此处未实测" in run("list")
    file = Path(run("get", "tiny").strip())
    assert file.read_bytes() == tiny
    assert "tiny: ok" in run("verify")
    assert run("path", "tiny").strip() == str(file)
    run("rm", "tiny")
    assert not file.exists()
    with pytest.raises(Problem, match="models get tiny"):
        run("path", "tiny")


def test_verify_finds_a_changed_byte(folder: Path, tiny: bytes) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(tiny[:-1] + b"?")
    with pytest.raises(Problem, match="tiny"):
        run("verify")


def test_rm_removes_what_a_broken_download_left(origin: Origin, folder: Path) -> None:
    origin.cuts = [300_000, 0, 0, 0]
    with pytest.raises(Problem):
        run("get", "tiny")
    partial = next(folder.glob("*.part"))
    partial.with_name(f"{partial.name}.wheel").mkdir()
    run("rm", "tiny")
    assert not list(folder.glob("*.part*"))


@pytest.mark.parametrize("verb", ["get", "rm", "path"])
def test_an_unknown_id_lists_the_ids(folder: Path, verb: str) -> None:
    with pytest.raises(Problem, match="Choose one of: tiny"):
        run(verb, "missing")
