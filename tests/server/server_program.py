"""`python -m server` as a program of its own, in another folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "PYTHONUTF8": "1",  # Windows would write to a pipe in its own code page
}


@contextmanager
def running(folder: Path, settings: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The program once it listens, its base URL, and what it has said so far."""
    with subprocess.Popen(
        [sys.executable, "-m", "server"],
        cwd=folder,
        env=os.environ | ENVIRONMENT | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
    ) as server:
        try:
            said = ""
            while "Ctrl-C" not in said:
                line = server.stdout.readline() if server.stdout else ""
                assert line, f"the server ended:\n{said}"
                said += line
            page = next(line.split()[0] for line in said.splitlines() if line.startswith("http"))
            yield server, f"{page}/v1", said
        finally:
            server.kill()
