"""`python -m server models …`"""

import re
from pathlib import Path

import pytest
from fakes.origin import Origin
from typer.testing import CliRunner

from kit.problem import Problem
from server.models import catalogue
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


def test_the_list_says_what_to_take_by_memory_in_both_languages() -> None:
    listed = run("list")
    chosen = [line for line in listed.splitlines() if re.match(r"  \d\.\d GB  ", line)]

    assert re.search(r"\d\.\d GB are free now", listed)
    default = [line for line in chosen if "the default: every network" in line and "默认：任何网络" in line]
    assert [line.split()[2] for line in default] == ["qwen2.5-coder-1.5b", "multilingual-e5-small"]
    assert len(chosen) == len(catalogue.entries())


def test_get_ends_by_saying_how_to_use_the_model(origin: Origin, folder: Path) -> None:
    result = CliRunner().invoke(app, ["get", "tiny"], catch_exceptions=False)

    assert "CHAT_MODEL=tiny in .env" in result.stderr
    assert "CHAT_MODEL" not in result.stdout


def test_verify_finds_a_changed_byte(folder: Path, tiny: bytes) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(tiny[:-1] + b"?")
    with pytest.raises(Problem, match=r"`python -m server models rm tiny`, then `.* get tiny`"):
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


def test_verify_finds_a_changed_byte_of_a_model_from_a_hub(origin: Origin, folder: Path, tiny: bytes) -> None:
    file = Path(run("get", "hf:owner/other/tiny.gguf").strip())
    assert "hf/owner/other/tiny.gguf: ok" in run("verify")
    file.write_bytes(tiny[:-1] + b"?")
    with pytest.raises(Problem, match=r"hf/owner/other/tiny\.gguf"):
        run("verify")
