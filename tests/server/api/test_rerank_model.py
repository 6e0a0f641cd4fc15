"""`RERANK_MODEL` over HTTP: a tiny reranker of random weights, loaded by the server's own loader."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from description import is_described
from fakes import tiny_rerankers
from test_rerank import ASKED, WordCounts

from server.api.served import Absent, Served
from server.api.switch import Switch
from server.app import create_app
from server.engine.worker import Worker
from server.loader import Loader
from server.models import ModelFile
from server.settings import Settings


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("reranker") / "letters.gguf"
    tiny_rerankers.cross_encoder(path)
    return path


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    worker.call(int)  # it runs
    yield worker
    worker.stop(timeout=60)


@pytest.fixture
def served(worker: Worker) -> Served:
    """No reranker so far, and an embedding model that counts words."""
    embedder: Any = WordCounts()
    embedder.model, embedder.window = SimpleNamespace(path=Path("words.gguf")), 512
    return Served(Absent("none"), embedder, None, created=0, worker=worker)


@pytest.fixture
def switch(served: Served, worker: Worker) -> Switch:
    return Switch(served, Loader(Settings.from_env(), worker), {})


@pytest.fixture
async def http(served: Served, switch: Switch) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(served, switch=switch))
    hooks: Any = {"response": [is_described]}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost", event_hooks=hooks
    ) as client:
        yield client


async def test_a_reranker_ranks_from_when_it_is_loaded_until_it_is_unloaded(
    http: httpx2.AsyncClient, file: Path
) -> None:
    loaded = (await http.post("/v1/models/load", json={"model": str(file)})).json()
    told = (await http.post("/v1/rerank", json=ASKED)).json()
    info = (await http.get("/v1/info")).json()["models"]
    names = [model["id"] for model in (await http.get("/v1/models")).json()["data"]]
    await http.post("/v1/models/unload", json={"model": "moly-rerank"})

    assert (loaded["role"], loaded["served_as"]) == ("rerank", "moly-rerank")
    assert told["model"] == "moly-rerank"
    scores = [each["relevance_score"] for each in told["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert sorted(each["index"] for each in told["results"]) == [0, 1, 2]
    assert {"name": "moly-rerank", "type": "rerank", "file": "letters.gguf"}.items() <= info[-1].items()
    assert names == ["moly-chat", "moly-embedding"]  # the handout's two
    assert (await http.post("/v1/rerank", json=ASKED)).json()["model"] == "moly-embedding"


async def test_a_reranker_that_sleeps_is_woken_by_whoever_ranks(
    http: httpx2.AsyncClient, switch: Switch, file: Path
) -> None:
    await http.post("/v1/models/load", json={"model": str(file)})
    await switch.sleep("rerank", idle_seconds=0)
    asleep = (await http.get("/v1/models/catalogue")).json()["loaded"]["rerank"]

    assert asleep == {"id": "letters", "file": "letters.gguf", "asleep": True}
    assert (await http.post("/v1/rerank", json=ASKED)).json()["model"] == "moly-rerank"


async def test_a_query_that_leaves_no_room_is_a_400(http: httpx2.AsyncClient, file: Path) -> None:
    await http.post("/v1/models/load", json={"model": str(file)})

    refused = await http.post("/v1/rerank", json={**ASKED, "query": "why? " * 900})

    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "query"
    assert "the reranker takes" in refused.json()["error"]["message"]


async def test_a_model_of_another_kind_is_no_reranker(http: httpx2.AsyncClient, file: Path) -> None:
    for role in ("chat", "embedding"):
        refused = await http.post("/v1/models/load", json={"model": str(file), "role": role})

        assert refused.status_code == 400
        assert "is a model for reranking" in refused.json()["error"]["message"]


def test_the_server_starts_with_one(file: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    from server import cli

    monkeypatch.setenv("RERANK_MODEL", str(file))
    none: Any = Absent("none")
    monkeypatch.setattr(Loader, "chat", lambda *_, **__: none)
    monkeypatch.setattr(Loader, "embedding", lambda *_: none)
    monkeypatch.setattr(
        cli.models,
        "resolve",
        lambda wanted, role: ModelFile(Path(wanted) if role == "rerank" else file, wanted, None),
    )

    served, switch = cli.load(Settings.from_env(), worker)

    assert served.reranker and served.reranker.model.path == file
    assert switch.files["rerank"].path == file
