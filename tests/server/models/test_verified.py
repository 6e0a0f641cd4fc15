"""A model of the right size and with wrong bytes was served without a word."""

import os
from pathlib import Path

import pytest
from fakes.origin import Origin

from kit.problem import Problem
from server.models import cache, catalogue, resolve, verified

HUB = "hf:owner/other/tiny.gguf"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read whole."""
    files: list[Path] = []
    read_whole = verified._hash
    monkeypatch.setattr(verified, "_hash", lambda file: files.append(file) or read_whole(file))
    return files


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[500_000] ^= 1
    file.write_bytes(content)
    # Also where the clock is coarse.
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))


def test_a_damaged_catalogue_model_is_named_with_the_cure(origin: Origin, folder: Path) -> None:
    damage(resolve("tiny", "chat").path)

    with pytest.raises(Problem, match=r"tiny\.gguf is damaged.*`python -m server models rm tiny`") as caught:
        resolve("tiny", "chat")
    assert "已损坏" in caught.value.zh


def test_a_damaged_model_is_found_by_its_path_in_the_cache_too(origin: Origin, folder: Path) -> None:
    file = resolve("tiny", "chat").path
    assert resolve(str(file), "chat").entry == catalogue.get("tiny")
    damage(file)

    with pytest.raises(Problem, match="is damaged"):
        resolve(str(file), "chat")


def test_a_damaged_hub_model_is_found_by_the_hash_that_came_with_it(origin: Origin, folder: Path) -> None:
    file = resolve(HUB, "chat").path
    assert resolve(HUB, "chat").path == file
    damage(file)

    with pytest.raises(
        Problem, match=r"tiny\.gguf is damaged.*`python -m server models rm hf:owner/other/tiny.gguf`"
    ):
        resolve(HUB, "chat")


def test_a_file_is_hashed_once_and_again_when_it_has_changed(
    folder: Path, tiny: bytes, hashed: list[Path]
) -> None:
    folder.mkdir()
    file = folder / "tiny.gguf"
    file.write_bytes(tiny)

    resolve("tiny", "chat")
    resolve("tiny", "chat")
    assert hashed == [file]

    os.utime(file, ns=(0, 1_000_000_000))
    resolve("tiny", "chat")
    resolve("tiny", "chat")
    assert hashed == [file, file]


def test_a_download_that_was_hashed_is_not_hashed_again(
    origin: Origin, folder: Path, hashed: list[Path]
) -> None:
    for reference in ("tiny", HUB):
        resolve(reference, "chat")
        resolve(reference, "chat")

    assert hashed == []


@pytest.mark.parametrize("written", ["", "{", "[]", "null", '{"sha256": "0", "size": 1}', "{}" * 9])
def test_a_broken_record_costs_a_hash_and_nothing_else(
    origin: Origin, folder: Path, hashed: list[Path], written: str
) -> None:
    file = resolve("tiny", "chat").path
    cache.record_of(file).write_text(written, encoding="utf-8")

    resolve("tiny", "chat")
    resolve("tiny", "chat")
    assert hashed == [file]


def test_a_cache_that_cannot_be_written_is_hashed_each_time(
    folder: Path, tiny: bytes, hashed: list[Path]
) -> None:
    folder.mkdir()
    file = folder / "tiny.gguf"
    file.write_bytes(tiny)
    cache.record_of(file).mkdir()

    resolve("tiny", "chat")
    resolve("tiny", "chat")
    assert hashed == [file, file]


def test_a_file_of_ones_own_has_no_hash_to_have(tmp_path: Path, tiny: bytes, hashed: list[Path]) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(tiny[:-1] + b"?")

    resolve(str(file), "chat")
    assert hashed == []
    assert not cache.record_of(file).exists()
