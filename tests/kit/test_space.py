"""The folder for a Space: what both platforms read, and a start as in the container."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
import yaml
from fakes.endpoint import FakeEndpoint

from kit.fork.new import ROOT
from kit.problem import Problem
from kit.space.command import write

needs_git = pytest.mark.skipif(
    not (shutil.which("git") and (ROOT / ".git").exists()), reason="needs git and a clone"
)


@needs_git
def test_the_folder_has_what_both_platforms_read(tmp_path: Path) -> None:
    write(ROOT, "tool_agent", tmp_path, "docs/handbook")

    head = yaml.safe_load((tmp_path / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert (head["title"], head["sdk"], head["app_port"]) == ("tool agent", "docker", 7860)
    deployed = json.loads((tmp_path / "ms_deploy.json").read_text(encoding="utf-8"))
    assert (deployed["sdk_type"], deployed["port"]) == ("docker", 7860)
    written = [(tmp_path / name).read_bytes() for name in ("Dockerfile", "start.sh", "README.md")]
    assert b"--public" in written[1]
    assert not any(re.search(rb"@[A-Z]+@|\r", text) for text in written)
    assert (tmp_path / "agents/tool_agent.py").is_file()
    assert not (tmp_path / "tests").exists()


@needs_git
@pytest.mark.parametrize(("agent", "documents"), [("nobody", ""), ("tool_agent", "docs/nowhere")])
def test_what_git_does_not_have_is_named(agent: str, documents: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=documents or agent):
        write(ROOT, agent, tmp_path, documents)
    assert list(tmp_path.iterdir()) == []


@needs_git
@pytest.mark.real
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_its_start_serves_the_page_under_the_name_of_the_space(tmp_path: Path) -> None:
    write(ROOT, "hello_agent", tmp_path)
    python = Path(sys.executable).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with FakeEndpoint("hello") as endpoint:
        environment = os.environ | {
            "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(tmp_path),
            "AGENTS_WEB_ADDR": address,
            "CHAT_MODEL_BASE_URL": endpoint.base_url,
        }
        with subprocess.Popen(["sh", "start.sh"], cwd=tmp_path, env=environment) as program:
            try:
                assert served(program, f"http://{address}") == 200
                elsewhere = {"Origin": "https://team.ms.show", "Host": "10.0.0.7:7860"}
                assert (
                    httpx2.post(f"http://{address}/nothing", headers=elsewhere, timeout=60).status_code == 404
                )
            finally:
                program.terminate()


def served(program: "subprocess.Popen[bytes]", url: str) -> int:
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and program.poll() is None:
        try:
            return httpx2.get(url, headers={"Host": "team-space.hf.space"}, timeout=60).status_code
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"exit code {program.poll()}")
