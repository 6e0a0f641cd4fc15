import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_embeddings import FakeEmbeddings
from quiet import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.settings import Settings


@pytest.fixture(scope="module")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    run = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"
    options = [
        "run",
        "--path",
        str(tmp_path_factory.mktemp("chroma")),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    process = subprocess.Popen([sys.executable, "-c", run, *options], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def test_two_processes_share_a_chroma_server(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, chroma_url: str
) -> None:
    with Index.open(Settings(tmp_path / "one", chroma_url)) as one:
        ingest(one, [folder], Counter())
        with Index.open(Settings(tmp_path / "two", chroma_url)) as two:
            assert two.search("When is lunch?") == one.search("When is lunch?")

        (folder / "prizes.md").unlink()
        (folder / "meals.md").write_text("# Meals\n\nLunch is a picnic.\n", encoding="utf-8")
        ingest(one, [folder], Counter(), prune=True)
        with Index.open(Settings(tmp_path / "two", chroma_url)) as two:
            assert two.search("When is lunch?") == one.search("When is lunch?")
            assert two.ledger.counts() == one.ledger.counts() == (2, 2)


def test_a_chroma_server_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"CHROMA_URL=http://127\.0\.0\.1:9"):
        Index.open(Settings(tmp_path, "http://127.0.0.1:9"))
