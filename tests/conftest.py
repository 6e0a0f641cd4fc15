"""One real server for the whole session, with the small chat model and the default embedding model."""

import functools
import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpcore2
import httpx2
import openai
import pytest
from hypothesis import HealthCheck, settings

from kit.env import load_env
from server import models

# The same examples in every run, and none is too slow for a machine that does something else meanwhile.
settings.register_profile(
    "kit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kit")

START_SECONDS = 120
# Empty here, so that what a developer has in .env does not reach the tests.
OPTIONAL = (
    "CONTEXT_LENGTH",
    "THREADS",
    "GPU_LAYERS",
    "PREFIX_CACHE_MB",
    "MOLY_API_KEY",
    "MOLY_CORS_ORIGINS",
    "MOLY_RESPONSES_DB",
    "RERANK_MODEL",
)

# Whatever is made of a model's file, down to the running server, is made by fixtures that ask for that file; what is
# imported for seconds is a fixture too.
REAL_FIXTURES = {"chat_file", "embedding_file", "run_sample", "anthropic"}
REAL_MODULES = (
    "agents/test_chat.py",
    "agents/test_mcp_agent.py",
    "docs/test_build_your_own.py",
    "docs/test_fork.py",
    "rag/test_chroma_server.py",
    "rag/test_ingest.py",
    "server/models/test_hub_download.py",
    "server/models/test_index_download.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `real` what loads a model or starts programs; one test of a module carries the mark itself."""
    modules = {Path(__file__).parent / module for module in REAL_MODULES}
    for item in items:
        if item.path in modules or REAL_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays: looking through it again and again takes a fifth of the quick half


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def loopback_without_proxy() -> None:
    load_env()


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Each of some 700 clients would read them anew: a sixth of the quick half."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", functools.cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture(scope="session")
def chat_file() -> Path:
    return models.resolve("qwen2.5-coder-0.5b", "chat").path


@pytest.fixture(scope="session")
def embedding_file() -> Path:
    return models.resolve("multilingual-e5-small", "embedding").path


@pytest.fixture(scope="session")
def server_address(
    chat_file: Path, embedding_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """HOST:PORT of `python -m server`."""
    address = f"127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("server") / "log.txt"
    environment = (
        os.environ
        | {
            "MOLY_API_SERVER_ADDR": address,
            "CHAT_MODEL": str(chat_file),
            "EMBEDDING_MODEL": str(embedding_file),
            "MOLY_DOCUMENTS_DIR": str(log.parent / "documents"),
            # The same answers whatever else runs: in the tests beside a test, and on the machine.
            "MOLY_DETERMINISTIC": "1",
        }
        | dict.fromkeys(OPTIONAL, "")
    )
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server"], env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_healthy(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def base_url(server_address: str) -> str:
    return f"http://{server_address}/v1"


@pytest.fixture
def client(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=base_url, api_key="anything", max_retries=0) as client:
        yield client


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(
                f"the server ended with code {process.returncode}:\n{log.read_text(encoding='utf-8')}"
            )
        try:
            httpx2.get(f"http://{address}/health").raise_for_status()
            return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail(f"the server was not ready after {START_SECONDS} s:\n{log.read_text(encoding='utf-8')}")
