"""How `python -m server` stops in the middle of its work."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from server_program import running

# Qwen's end of text and end of turn are out: no story is over too soon.
STORY = {
    "messages": [{"role": "user", "content": "Write a long story."}],
    "logit_bias": {"151643": -100, "151645": -100},
    "stream": True,
}
INTERRUPT = signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT


def test_ctrl_c_ends_it_while_it_writes(tmp_path: Path, settings: dict[str, str]) -> None:
    with running(tmp_path, settings) as (server, url, _):
        with httpx.stream("POST", f"{url}/chat/completions", json=STORY, timeout=60) as stream:
            pieces = stream.iter_lines()
            for _ in range(8):
                next(pieces)
            server.send_signal(INTERRUPT)
            rest = "".join(until_closed(pieces))
        said, _ = server.communicate(timeout=60)

    # Without a word the client would take what it has for the whole answer.
    assert '"code":"draining"' in rest.replace(" ", "")
    assert "Traceback" not in said
    if sys.platform != "win32":  # there a break ends the process as the system has it
        assert "Stopped. 已停止。" in said
        assert server.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM: terminating is killing")
def test_sigterm_ends_it_under_load_and_closes_every_stream(tmp_path: Path, settings: dict[str, str]) -> None:
    """As a container or systemd stops it: running streams, prompts in the queue, and an ingest."""
    with running(tmp_path, settings) as (server, url, _):
        flowing = threading.Semaphore(0)
        clients = [Client(f"{url}/chat/completions", STORY, flowing) for _ in range(6)]
        long = STORY | {"messages": [{"role": "user", "content": f"Sum it up: {'really ' * 4000}"}]}
        clients += [Client(f"{url}/chat/completions", long) for _ in range(2)]
        clients.append(
            Client(f"{url}/embeddings", {"input": ["The museum is open from nine to six. " * 12] * 600})
        )
        for client in clients:
            client.start()
        for _ in range(6):
            assert flowing.acquire(timeout=120)

        server.terminate()
        said, _ = server.communicate(timeout=60)
        for client in clients:
            client.join(60)

    assert server.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in said
    assert not any(client.is_alive() for client in clients)
    assert all('"code":"draining"' in client.last.replace(" ", "") for client in clients)


class Client(threading.Thread):
    """Reads an answer until it or the server ends; `flowing` is told when it has begun to come."""

    def __init__(self, url: str, body: dict[str, Any], flowing: threading.Semaphore | None = None) -> None:
        super().__init__(daemon=True)
        self._url, self._body, self._flowing = url, body, flowing
        self.last = ""

    def run(self) -> None:
        lines = []
        try:
            with httpx.stream("POST", self._url, json=self._body, timeout=120) as stream:
                for line in until_closed(stream.iter_lines()):
                    lines.append(line)
                    if self._flowing and len(lines) == 6:
                        self._flowing.release()
        except httpx.TransportError:
            return
        self.last = next(line for line in reversed(lines) if line not in ("", "data: [DONE]"))


def until_closed(lines: Iterator[str]) -> Iterator[str]:
    """What comes before the server ends; a stream that is cut off ends with an error, as it should."""
    try:
        yield from lines
    except httpx.TransportError:
        return
