"""How the tests find a browser, and programs to look at."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

Look = Callable[..., Any]
REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def free_address() -> str:
    return f"127.0.0.1:{free_port()}"


def ask(page: Any, question: str) -> None:
    """In the tab that is open."""
    field = page.locator("textarea:visible").and_(page.get_by_label("Your question"))
    field.fill(question)
    field.press("Enter")


class Program:
    """A program with a page, started in a folder of its own, which it writes its log into."""

    def __init__(self, folder: Path, command: list[str], address: str, **environment: str) -> None:
        self.url = f"http://{address}"
        self.folder = folder
        self._command = [sys.executable, *command]
        self._environment = (
            os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8"} | environment
        )

    def start(self) -> None:
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.folder, env=self._environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Until it listens."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                httpx2.get(f"{self.url}/health")
                return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.said)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        assert "Traceback" not in self.said

    @property
    def said(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")
