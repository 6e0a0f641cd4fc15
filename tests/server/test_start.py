"""What `python -m server` says when it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from server_program import ENVIRONMENT

from kit.problem import Problem
from server.settings import Settings


def start(folder: Path, **settings: str) -> str:
    """Run the server in a folder where it cannot start; returns what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "server"],
        cwd=folder,
        env=os.environ | ENVIRONMENT | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    return done.stderr


def assert_told_in_both_languages(said: str, *hints: str) -> None:
    *before, english, chinese = said.splitlines()
    assert all("正在" in line for line in before)  # what it was reading
    assert english.startswith("error: ")
    assert chinese.startswith("错误：")
    for hint in hints:
        assert hint in english
        assert hint in chinese


def test_a_taken_port_is_told_with_the_lines_to_change(tmp_path: Path, settings: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = start(tmp_path, **settings | {"MOLY_API_SERVER_ADDR": f"127.0.0.1:{port}"})

    assert_told_in_both_languages(said, f"{port}", f"MOLY_API_SERVER_ADDR=127.0.0.1:{port + 1}", "BASE_URL")


@pytest.mark.parametrize(
    "address", ["8080", "localhost", "localhost:http", "localhost:99999", "http://localhost:8080", ":8080"]
)
def test_an_address_is_a_host_and_a_port(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MOLY_API_SERVER_ADDR", address)

    with pytest.raises(Problem) as problem:
        Settings.from_env()
    assert_told_in_both_languages(str(problem.value), f"MOLY_API_SERVER_ADDR={address}", "localhost:8080")


def test_the_address_of_another_machine_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    said = start(tmp_path, **settings | {"MOLY_API_SERVER_ADDR": "192.0.2.1:8080"})

    assert_told_in_both_languages(said, "192.0.2.1", "localhost:8080")


@pytest.mark.parametrize("variable", ["CHAT_MODEL", "EMBEDDING_MODEL"])
def test_a_missing_file_is_told(tmp_path: Path, settings: dict[str, str], variable: str) -> None:
    missing = tmp_path / "missing.gguf"

    said = start(tmp_path, **settings | {variable: str(missing)})

    assert_told_in_both_languages(said, str(missing), "models list")


def test_an_unknown_id_is_told_with_those_there_are(tmp_path: Path, settings: dict[str, str]) -> None:
    said = start(tmp_path, **settings | {"CHAT_MODEL": "gpt-4o"})

    assert_told_in_both_languages(said, "gpt-4o", "qwen2.5-coder-1.5b")


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><title>403 Forbidden</title>"])
def test_a_file_that_is_no_gguf_is_told(tmp_path: Path, settings: dict[str, str], content: bytes) -> None:
    """What a browser saves when the download page wants a login."""
    file = tmp_path / "model.gguf"
    file.write_bytes(content)

    said = start(tmp_path, **settings | {"CHAT_MODEL": str(file)})

    assert_told_in_both_languages(said, str(file), "GGUF")


@pytest.mark.parametrize("size", [4, 400, 1_000_000, 50_000_000])
def test_a_download_cut_short_is_told(
    tmp_path: Path, settings: dict[str, str], chat_file: Path, size: int
) -> None:
    file = tmp_path / "model.gguf"
    with chat_file.open("rb") as whole:
        file.write_bytes(whole.read(size))

    said = start(tmp_path, **settings | {"CHAT_MODEL": str(file)})

    assert_told_in_both_languages(said, str(file))


@pytest.mark.skipif(sys.platform == "win32", reason="NTFS would write the whole file")
def test_a_model_larger_than_the_memory_is_told_before_it_is_loaded(
    tmp_path: Path, settings: dict[str, str], chat_file: Path
) -> None:
    file = tmp_path / "model.gguf"
    with chat_file.open("rb") as whole:
        file.write_bytes(whole.read(4096))
    needed = psutil.virtual_memory().total * 2
    os.truncate(file, needed)  # a hole: no disk is used

    said = start(tmp_path, **settings | {"CHAT_MODEL": str(file)})

    assert_told_in_both_languages(said, "qwen2.5-coder-0.5b", "CONTEXT_LENGTH")
    assert said.startswith("error: Too little memory")


@pytest.mark.parametrize("length", ["many", "-1", "0", "1.5"])
def test_a_context_length_is_a_number_above_zero(monkeypatch: pytest.MonkeyPatch, length: str) -> None:
    monkeypatch.setenv("CONTEXT_LENGTH", length)

    with pytest.raises(Problem) as problem:
        Settings.from_env()
    assert_told_in_both_languages(str(problem.value), f"CONTEXT_LENGTH={length}")


def test_a_context_beyond_the_model_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    said = start(tmp_path, **settings | {"CONTEXT_LENGTH": "1000000"})

    assert_told_in_both_languages(said, "CONTEXT_LENGTH=1000000", "32768")


def test_models_in_each_others_place_are_told(tmp_path: Path, settings: dict[str, str]) -> None:
    chat, embedding = settings["CHAT_MODEL"], settings["EMBEDDING_MODEL"]

    assert_told_in_both_languages(
        start(tmp_path, **settings | {"CHAT_MODEL": embedding}), f"CHAT_MODEL={embedding}"
    )
    assert_told_in_both_languages(
        start(tmp_path, **settings | {"CHAT_MODEL": "multilingual-e5-small"}), "qwen2.5-coder-1.5b"
    )
    assert_told_in_both_languages(
        start(tmp_path, **settings | {"EMBEDDING_MODEL": chat}), f"EMBEDDING_MODEL={chat}"
    )


def test_a_line_of_env_that_is_no_setting_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / ".env").write_text("# models\nthe small one, please\n", encoding="utf-8")

    assert_told_in_both_languages(start(tmp_path, **settings), str(tmp_path / ".env"), "2", "NAME=value")


def test_an_env_in_another_encoding_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    """Windows PowerShell's `>` writes UTF-16."""
    (tmp_path / ".env").write_text("CHAT_MODEL=qwen2.5-coder-0.5b\n", encoding="utf-16")

    assert_told_in_both_languages(start(tmp_path, **settings), str(tmp_path / ".env"), "UTF-8")


def test_without_its_packages_the_cure_is_told(tmp_path: Path) -> None:
    """Outside the environment `python -m server` ended in a traceback of ModuleNotFoundError."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "server"],
        cwd=tmp_path,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )

    assert done.returncode == 2
    assert_told_in_both_languages(done.stderr, sys.executable, "python -m pip install -r requirements.txt")
