"""SIGTERM cut six streams of six off without a word; a second Ctrl-C had nothing to hurry."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        sys.platform == "win32", reason="there a signal ends the process as the system has it"
    ),
]


Start = Callable[[int], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """The program, which gives its requests so many seconds to end, and its address."""
    file = Path(__file__).parent / "draining_program.py"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"}
    with ExitStack() as stack:

        def program(seconds: int) -> tuple[subprocess.Popen[str], str]:
            command = [sys.executable, str(file), str(seconds)]
            process = stack.enter_context(
                subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, encoding="utf-8")
            )
            stack.callback(process.kill)
            assert process.stdout
            return process, f"http://127.0.0.1:{int(process.stdout.readline())}"

        yield program


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_open_stream_is_told_of_the_end(start: Start, stop: int) -> None:
    process, url = start(6)  # which is long enough to ask once more
    with httpx2.stream("GET", f"{url}/drip", timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)
        process.send_signal(stop)
        late = until_draining(url)
        rest = list(lines)
    process.wait(60)

    assert late.json()["error"]["code"] == "draining"
    assert int(late.headers["retry-after"]) > 0
    assert '"code":"draining"' in rest[-4]
    assert rest[-2] == "data: [DONE]"


def test_a_second_ctrl_c_ends_it_at_once(start: Start) -> None:
    process, url = start(100)
    with httpx2.stream("GET", f"{url}/drip", timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)
        process.send_signal(signal.SIGINT)
        until_draining(url)
        process.send_signal(signal.SIGINT)
        with pytest.raises(httpx2.TransportError):
            for line in lines:
                assert "draining" not in line
    process.wait(60)


def until_draining(url: str) -> httpx2.Response:
    while (answer := httpx2.get(f"{url}/health", timeout=60)).status_code != 503:
        pass
    return answer
