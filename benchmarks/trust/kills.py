"""Programs that are ended without a word at random moments: what they leave has to serve the next one."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import servers
from benchmarks.servers import Endpoints
from benchmarks.trust.load import mixed

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"
INDEXING_SECONDS = 300


def servers_killed(chat: Path, embedding: Path, times: int) -> int:
    """How many servers came up again, with the responses that were kept, after one was killed at work."""
    recovered = 0
    with TemporaryDirectory() as folder:
        settings = servers.ANY_MODEL | {"MOLY_RESPONSES_DB": str(Path(folder) / "responses.db")}
        for _ in range(times):
            with servers.kit(chat, embedding, settings=settings) as at:
                asyncio.run(_kill_at_work(at))
            with servers.kit(chat, embedding, settings=settings):
                recovered += 1
    return recovered


async def _kill_at_work(at: Endpoints) -> None:
    work = asyncio.create_task(mixed(at.chat.removesuffix("/v1"), seconds=3))
    await asyncio.sleep(random.uniform(0.2, 3))
    at.processes[0].kill()
    await work


def ingests_killed(at: Endpoints, times: int) -> int:
    """How many indexes were whole after the next run, where the one before was killed."""
    whole = 0
    for _ in range(times):
        with TemporaryDirectory() as folder:
            environment = os.environ | {
                "CHROMA_PATH": str(Path(folder) / "index"),
                "EMBEDDING_MODEL_BASE_URL": at.embeddings,
                "EMBEDDING_API_KEY": "none",
                "EMBEDDING_MODEL_NAME": "moly-embedding",
            }
            command = [sys.executable, "-m", "rag", "ingest", str(HANDBOOK)]
            quiet: dict[str, Any] = {
                "stdout": subprocess.DEVNULL,
                "stderr": subprocess.DEVNULL,
                "env": environment,
            }
            killed = subprocess.Popen(command, **quiet)
            time.sleep(random.uniform(0.5, 6))
            killed.kill()
            killed.wait()
            again = subprocess.run(command, timeout=INDEXING_SECONDS, check=False, **quiet)
            search = [sys.executable, "-m", "rag", "search", "opening hours"]
            found = subprocess.run(search, timeout=60, check=False, **quiet)
            whole += again.returncode == found.returncode == 0
    return whole


def two_servers(chat: Path, embedding: Path) -> int:
    """How many of two servers on one cache of models are up at the same time."""
    with (
        servers.kit(chat, embedding, settings=servers.ANY_MODEL) as first,
        servers.kit(chat, embedding, settings=servers.ANY_MODEL) as second,
    ):
        return sum(at.processes[0].is_running() for at in (first, second))
