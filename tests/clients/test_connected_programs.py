"""Programs that run with what `python -m kit connect` says: the extra `clients`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.connect import settings_file
from kit.connect.program import FOLDERS, Program, programs

# Their own warnings are theirs.
pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]

ASK = {
    "openai": "import openai as o; print(o.OpenAI().chat.completions.create(messages=[{'role': 'user', 'content':"
    " 'Hi'}], model='moly-chat', max_tokens=2).model)",
    "anthropic": "import anthropic as a; print(a.Anthropic().messages.create(messages=[{'role': 'user', 'content':"
    " 'Hi'}], model='moly-chat', max_tokens=2).model)",
}


@pytest.fixture
def connected(base_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A program, after `--write` where it has a file, in a home of its own."""
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)
    for role in ("CHAT", "EMBEDDING"):
        monkeypatch.setenv(f"{role}_MODEL_BASE_URL", base_url)
    monkeypatch.chdir(tmp_path)

    def connect(name: str) -> Program:
        program = programs()[name]
        if program.file:
            settings_file.write(program, program.file)
        return program

    return connect


@pytest.mark.parametrize("library", ASK)
def test_a_library_finds_the_server_by_its_variables(library: str, connected: Any) -> None:
    pytest.importorskip(library)
    told = subprocess.run(
        [sys.executable, "-c", ASK[library]],
        env=os.environ | connected(library).variables,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )

    assert told.stdout.strip() == "moly-chat", told.stderr


def test_llm_answers(connected: Any) -> None:
    pytest.importorskip("llm")
    connected("llm")

    told = subprocess.run(
        [sys.executable, "-m", "llm", "--no-log", "-m", "moly-chat", "-o", "max_tokens", "16", "Say hello."],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )

    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()


def test_litellm_has_both_models(connected: Any) -> None:
    litellm = pytest.importorskip("litellm")
    file = connected("litellm").file

    router = litellm.Router(**yaml.safe_load(file.read_text(encoding="utf-8")))

    said = router.completion("moly-chat", [{"role": "user", "content": "Say hello."}], max_tokens=8)
    assert said.choices[0].message.content
    assert len(router.embedding("moly-embedding", ["the moon"]).data[0]["embedding"]) == 384
