"""SIGTERM cut six streams of six off without a word; a second Ctrl-C had nothing to hurry."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        sys.platform == "win32", reason="there a signal ends the process as the system has it"
    ),
]


@pytest.fixture
def program() -> Iterator[tuple[subprocess.Popen[str], str]]:
    file = Path(__file__).parent / "draining_program.py"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, str(file)], env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout
            yield process, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_open_stream_is_told_of_the_end(program: tuple[subprocess.Popen[str], str], stop: int) -> None:
    process, url = program
    with httpx2.stream("GET", f"{url}/drip", timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)
        process.send_signal(stop)
        late = until_draining(url)
        rest = list(lines)
    process.wait(30)

    assert late.json()["error"]["code"] == "draining"
    assert int(late.headers["retry-after"]) > 0
    assert '"code":"draining"' in rest[-4]
    assert rest[-2] == "data: [DONE]"


def test_a_second_ctrl_c_ends_it_at_once(program: tuple[subprocess.Popen[str], str]) -> None:
    process, url = program
    with httpx2.stream("GET", f"{url}/drip", timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)
        process.send_signal(signal.SIGINT)
        until_draining(url)
        process.send_signal(signal.SIGINT)
        with pytest.raises(httpx2.TransportError):
            for line in lines:
                assert "draining" not in line
    process.wait(30)


def until_draining(url: str) -> httpx2.Response:
    while (answer := httpx2.get(f"{url}/health")).status_code != 503:
        pass
    return answer
