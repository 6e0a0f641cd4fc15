import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from fakes.embeddings import FakeEmbeddings
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest, remove, workers
from rag.settings import Settings

# Chroma leaves the sockets of a client that could not be opened to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def garbage_of_this_test() -> Iterator[None]:
    yield
    gc.collect()


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
            assert two.documents.counts() == one.documents.counts() == (2, 2)


def test_two_ingests_at_once_end_with_every_client_in_step(
    embeddings: FakeEmbeddings, tmp_path: Path, chroma_url: str
) -> None:
    """The one that ended last took its own documents for all."""
    for name in ("one", "two"):
        write_facts(tmp_path / name, 4)
    embeddings.seconds = 0.05
    stores = {name: Settings(tmp_path / f"store-{name}", chroma_url, "at-once") for name in ("one", "two")}
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        indexes = {name: opened.enter_context(Index.open(store)) for name, store in stores.items()}
        watching = opened.enter_context(Index.open(Settings(tmp_path / "third", chroma_url, "at-once")))
        for report in pool.map(lambda name: ingest(indexes[name], [tmp_path / name], Counter()), indexes):
            assert report.added == 4
        for index in (*indexes.values(), watching):
            for name in indexes:
                assert index.search(f"Fact 7 of {name}3")[0].source == f"{name}/3.md"
            assert index.documents.counts() == (8, 320)


def test_whoever_removes_a_document_removes_it_for_all(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, chroma_url: str
) -> None:
    here, there = (Settings(tmp_path / name, chroma_url, "removal") for name in ("here", "there"))
    with Index.open(here) as one, Index.open(there) as two:
        ingest(one, [folder], Counter())
        assert "noon" in two.search("When is lunch?")[0].text
        remove(one, [folder / "meals.md"])
        assert "noon" not in two.search("When is lunch?")[0].text
        assert ingest(two, [folder], Counter()).added == 1
        assert "noon" in one.search("When is lunch?")[0].text


def test_two_processes_of_one_machine_ingest_in_turn(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, chroma_url: str
) -> None:
    """The second was told to run a Chroma server, which it did."""
    embeddings.seconds = 0.3
    environment = os.environ | {"CHROMA_URL": chroma_url, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "rag", "ingest", str(folder), "--collection", "in-turn"]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0].decode() for process in running]

    assert [process.returncode for process in running] == [0, 0]
    assert (
        sum("3 documents added" in text for text in said) + sum("3 unchanged" in text for text in said) == 2
    )


def test_several_workers_write_every_chunk_once(
    embeddings: FakeEmbeddings, tmp_path: Path, chroma_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "FILES_IN_SHARE", 2)
    write_facts(tmp_path / "many", 10)
    (tmp_path / "many" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    progress = Counter()
    with Index.open(Settings(tmp_path / "store", chroma_url, "workers")) as index:
        report = ingest(index, [tmp_path / "many"], progress, workers=2)
        again = ingest(index, [tmp_path / "many"], Counter(), workers=2)

        assert (report.added, progress.files, progress.chunks) == (10, 11, 400)
        assert ["broken.pdf" in problem.en for problem in report.problems] == [True]
        assert (again.added, again.unchanged) == (0, 10)
        assert index.vectors._chunks.count() == index.documents.counts()[1] == 400
        assert index.search("Fact 7 of many3")[0].source == "many/3.md"


def write_facts(folder: Path, files: int) -> None:
    folder.mkdir()
    for number in range(files):
        text = "\n\n".join(f"## P{n}\n\nFact {n} of {folder.name}{number}." for n in range(40))
        (folder / f"{number}.md").write_text(text, encoding="utf-8")


def test_a_chroma_server_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"CHROMA_URL=http://127\.0\.0\.1:9"):
        Index.open(Settings(tmp_path, "http://127.0.0.1:9"))


def test_a_tenant_that_the_server_does_not_know_is_a_problem(tmp_path: Path, chroma_url: str) -> None:
    with pytest.raises(Problem, match="CHROMA_TENANT=nobody"):
        Index.open(Settings(tmp_path, chroma_url, chroma_tenant="nobody"))


def test_a_database_that_the_server_does_not_know_is_a_problem(tmp_path: Path, chroma_url: str) -> None:
    with pytest.raises(Problem, match="CHROMA_DATABASE=nothing"):
        Index.open(Settings(tmp_path, chroma_url, chroma_database="nothing"))


def test_two_databases_of_one_server_know_nothing_of_each_other(
    embeddings: FakeEmbeddings, folder: Path, tmp_path: Path, chroma_url: str
) -> None:
    httpx2.post(f"{chroma_url}/api/v2/tenants", json={"name": "team"}, timeout=60).raise_for_status()
    httpx2.post(
        f"{chroma_url}/api/v2/tenants/team/databases", json={"name": "ours"}, timeout=60
    ).raise_for_status()
    ours = Settings(tmp_path / "ours", chroma_url, chroma_tenant="team", chroma_database="ours")

    with Index.open(ours) as index:
        ingest(index, [folder], Counter())
        assert index.documents.counts()[0] == 3
    with Index.open(Settings(tmp_path / "default", chroma_url, "databases")) as index:
        assert index.documents.counts()[0] == 0


def test_the_key_is_sent_and_one_that_is_refused_is_a_problem(tmp_path: Path) -> None:
    sent = []

    class Guard(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent.append((self.headers["X-Chroma-Token"], self.headers["Authorization"]))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Guard) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(Problem, match="refused the key"):
            Index.open(Settings(tmp_path, url, chroma_api_key="secret"))
        server.shutdown()

    assert sent[0] == ("secret", "Bearer secret")
    assert "secret" not in repr(Settings(tmp_path, url, chroma_api_key="secret"))
