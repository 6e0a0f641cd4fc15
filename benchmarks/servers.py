"""Servers to measure, each in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx2
import psutil

from kit.problem import Problem

START_SECONDS = 180
CONTEXT = 16_384
# smollm2-135m was trained for no more.
ANY_MODEL = {"CONTEXT_LENGTH": "8192"}
SLOTS = 8


@dataclass(frozen=True)
class Endpoints:
    """Where to send chat and embeddings, and which process to ask for its memory, if it is ours to ask."""

    chat: str
    embeddings: str
    processes: tuple[psutil.Process, ...] = ()
    model_bytes: int = 0


@contextmanager
def kit(
    chat: Path,
    embedding: Path,
    python: str = sys.executable,
    settings: dict[str, str] | None = None,
    module: str = "server",
) -> Iterator[Endpoints]:
    """`python -m server`: both models in one process. Another environment's Python brings another llama.cpp."""
    port = free_port()
    environment = {
        "CHAT_MODEL": str(chat),
        "EMBEDDING_MODEL": str(embedding),
        "MOLY_API_SERVER_ADDR": f"127.0.0.1:{port}",
        "CONTEXT_LENGTH": str(CONTEXT),
    } | (settings or {})
    with process(["-m", module], port, environment, python) as running:
        url = f"http://127.0.0.1:{port}/v1"
        yield Endpoints(url, url, (running,), chat.stat().st_size + embedding.stat().st_size)


@contextmanager
def xllamacpp(chat: Path, embedding: Path) -> Iterator[Endpoints]:
    """llama.cpp's own C++ server, out of the wheel `xllamacpp`: one process a model."""
    with ExitStack() as stack:
        urls, running = [], []
        for path, role in ((chat, "chat"), (embedding, "embedding")):
            port = free_port()
            command = [
                "-m",
                "benchmarks.peers.xllamacpp_server",
                str(path),
                str(port),
                role,
                str(CONTEXT),
                str(SLOTS),
            ]
            running.append(stack.enter_context(process(command, port, {})))
            urls.append(f"http://127.0.0.1:{port}/v1")
        yield Endpoints(urls[0], urls[1], tuple(running))


@contextmanager
def llama_cpp_server(chat: Path, embedding: Path) -> Iterator[Endpoints]:
    """`python -m llama_cpp.server`, which works on one request at a time: one process a model."""
    with ExitStack() as stack:
        urls, running = [], []
        for path, options in ((chat, []), (embedding, ["--embedding", "true"])):
            port = free_port()
            command = ["-m", "llama_cpp.server", "--model", str(path), "--port", str(port), "--n_ctx", "8192"]
            running.append(stack.enter_context(process(command + options, port, {})))
            urls.append(f"http://127.0.0.1:{port}/v1")
        yield Endpoints(urls[0], urls[1], tuple(running))


@contextmanager
def remote(url: str) -> Iterator[Endpoints]:
    """A server that runs already and serves both roles."""
    yield Endpoints(url, url)


SERVERS = {"kit": kit, "xllamacpp": xllamacpp, "llama_cpp.server": llama_cpp_server}
NEEDS = {"kit": "server", "xllamacpp": "xllamacpp", "llama_cpp.server": "starlette_context"}


def serve(name: str, chat: Path, embedding: Path) -> AbstractContextManager[Endpoints]:
    """The server of that name, started with these models, or what answers at a URL.

    `kit@PYTHON` is the kit itself in another environment: a compiled llama.cpp beside a prebuilt one, say.
    """
    kind, _, python = name.partition("@")
    if kind == "kit" and python:
        return kit(chat, embedding, python)
    if name.startswith(("http://", "https://")):
        return remote(name)
    if name not in SERVERS:
        raise Problem(
            f"there is no peer {name!r}. Choose from {', '.join(SERVERS)}, or give a base URL.",
            f"没有名为 {name!r} 的对照服务器。可选 {'、'.join(SERVERS)}，或给出 base URL。",
        )
    return SERVERS[name](chat, embedding)


def installed() -> list[str]:
    return [name for name, module in NEEDS.items() if find_spec(module)]


@contextmanager
def process(
    command: list[str], port: int, settings: dict[str, str], python: str = sys.executable
) -> Iterator[psutil.Process]:
    """A Python program that answers at a port; what it prints is thrown away."""
    running = subprocess.Popen(
        [python, *command],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, running)
        yield psutil.Process(running.pid)
    finally:
        running.terminate()
        running.wait(30)


def wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/v1/models", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    command = " ".join(map(str, running.args)) if isinstance(running.args, list) else running.args
    raise Problem(
        f"This did not start: {command!r}. Run it by itself to see why.", f"无法启动：{command!r}。"
    )


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
