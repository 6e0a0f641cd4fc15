"""A server of our own, for as long as it is measured."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from kit.problem import Problem

START_SECONDS = 120


@contextmanager
def local_server(chat_model: str) -> Iterator[str]:
    """The base URL of `python -m server` with this chat model; `Problem` with its last words if it does not start."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment = os.environ | {"MOLY_API_SERVER_ADDR": f"127.0.0.1:{port}", "CHAT_MODEL": chat_model}
    environment.pop("MOLY_API_KEY", None)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "server"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, Path(chat_model).name)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], chat_model: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise Problem(
        f"The server did not start with {chat_model}. Try it: CHAT_MODEL={chat_model} in .env, `python -m server`.",
        f"服务器未能以 {chat_model} 启动。请在 .env 中写 CHAT_MODEL={chat_model}，再运行 `python -m server` 查看原因。",
    )
