"""`python -m server models …`"""

import errno
import re
from pathlib import Path

import pytest
from fakes.origin import Origin
from typer.testing import CliRunner

from kit.problem import Problem
from server.models import cache, catalogue, resolve, verified
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


@pytest.mark.parametrize("verb", ["get", "rm", "path"])
def test_a_path_is_told_that_it_is_none_of_the_cache(folder: Path, tmp_path: Path, verb: str) -> None:
    mine = tmp_path / "mine.gguf"
    mine.touch()

    with pytest.raises(Problem, match="is a path") as told:
        run(verb, str(mine))

    assert "models list" in told.value.en and "models list" in told.value.zh and mine.exists()


@pytest.mark.parametrize(
    "name", ["hf:owner/tiny/tiny.gguf", "modelscope:owner/tiny/tiny.gguf", "hf:Owner/Tiny/tiny.gguf"]
)
def test_a_model_of_the_catalogue_is_the_same_by_its_name_on_a_hub(
    origin: Origin, folder: Path, name: str
) -> None:
    """It came under both names, each with a file of its own."""
    got = CliRunner().invoke(app, ["get", name], catch_exceptions=False)
    assert "CHAT_MODEL=tiny in .env" in got.stderr
    assert resolve(name, "chat") == resolve("tiny", "chat")
    assert origin.asked("/cdn/") == [None]
    assert run("path", name) == run("path", "tiny") == got.stdout

    run("rm", name)

    assert not list(folder.rglob("*.gguf"))


def test_a_file_that_was_there_before_the_catalogue_had_it_is_taken(
    origin: Origin, folder: Path, tiny: bytes
) -> None:
    earlier = folder / "hf" / "owner" / "tiny" / "tiny.gguf"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(tiny)

    assert resolve("tiny", "chat").path == earlier
    assert run("get", "tiny").strip() == run("path", "tiny").strip() == str(earlier)
    assert "tiny: ok" in run("verify")
    assert origin.requests == []
    run("rm", "tiny")
    assert not earlier.exists()


def test_verify_finds_a_changed_byte_of_a_model_from_a_hub(origin: Origin, folder: Path, tiny: bytes) -> None:
    """It was told to be deleted and got under a name that neither command took."""
    name = "hf:owner/other/tiny.gguf"
    file = Path(run("get", name).strip())
    assert run("path", name).strip() == str(file)
    assert f"{name}: ok" in run("verify")
    file.write_bytes(tiny[:-1] + b"?")

    with pytest.raises(Problem) as told:
        run("verify")

    for told_to in re.findall("`python -m server models (.*?)`", told.value.en):
        run(*told_to.split())
    assert file.read_bytes() == tiny and f"{name}: ok" in run("verify")


def test_a_file_that_is_in_use_is_told(folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it while the server runs, and others where the folder is somebody else's."""
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(tiny)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(Problem, match=r"tiny\.gguf can't be deleted: Permission denied"):
        run("rm", "tiny")


def test_a_file_that_may_not_be_read_is_told(folder: Path) -> None:
    (folder / "tiny.gguf").mkdir(parents=True)

    with pytest.raises(Problem, match=r"tiny\.gguf can't be read"):
        run("verify")


def test_a_name_with_a_blank_is_told_as_it_is_typed(folder: Path) -> None:
    with pytest.raises(Problem, match=r'models get "hf:owner/other/my tiny\.gguf"'):
        run("path", "hf:owner/other/my tiny.gguf")


def test_verify_looks_at_models_that_the_catalogue_had_once(folder: Path, tiny: bytes) -> None:
    folder.mkdir()
    file = folder / "former.gguf"
    file.write_bytes(tiny)
    verified.remember(file, verified.Record.of(file, "0" * 64))

    with pytest.raises(Problem, match=r"Delete \S+former\.gguf"):
        run("verify")


def test_what_others_have_put_into_the_cache_is_in_nobodys_way(folder: Path, tiny: bytes) -> None:
    """No reference can have this name, which kept the whole list from being told."""
    copied = folder / "hf" / "owner" / "other" / "tiny (1).gguf"
    copied.parent.mkdir(parents=True)
    copied.write_bytes(tiny)

    assert cache.hub_files(folder) == []
    run("verify")
