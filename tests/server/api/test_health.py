"""What `GET /health` says, and what clients are told, when nothing can be computed any more."""

import asyncio
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest

from server.api.served import Served
from server.app import create_app
from server.chat.chat_model import ChatModel
from server.engine.engine import Engine
from server.engine.llama.model import Model
from server.engine.worker import Worker

HELLO = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    assert worker.stop(timeout=30)


@pytest.fixture
def engine(model: Model, worker: Worker) -> Engine:
    engine = worker.call(lambda: Engine(model, n_ctx=512, n_threads=1, swap_bytes=0, wake=worker.wake))
    worker.start(engine)
    return engine


@pytest.fixture
def client(engine: Engine, worker: Worker) -> httpx2.AsyncClient:
    served = Served(ChatModel(engine), embedding=None, embedding_entry=None, created=0, worker=worker)  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(served)), base_url="http://localhost")


async def test_a_server_at_work_is_healthy(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_one_failing_step_is_told_to_its_client_and_the_server_stays_healthy(
    client: httpx2.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(engine.cache, "swap_out_idle", _fails(KeyError("a step")))
        failed = await asyncio.wait_for(client.post("/v1/chat/completions", json=HELLO), 60)
    answered = await client.post("/v1/chat/completions", json=HELLO)

    assert failed.status_code == 500
    assert answered.status_code == 200
    assert (await client.get("/health")).status_code == 200


async def test_a_dead_compute_thread_is_told_and_nobody_waits_for_it(
    client: httpx2.AsyncClient, engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request whose tidying up failed took the thread with it, and hung with all others until the time limit."""
    monkeypatch.setattr(engine.cache, "swap_out_idle", _fails(KeyError("a step")))
    monkeypatch.setattr(engine.cache, "end", _fails(OSError("nothing can be put away")))

    together = asyncio.gather(*(client.post("/v1/chat/completions", json=HELLO) for _ in range(3)))
    failed = await asyncio.wait_for(together, 60)
    await _until(lambda: worker.failure is not None)
    late = await asyncio.wait_for(client.post("/v1/chat/completions", json=HELLO), 60)
    health = await client.get("/health")

    assert [answer.status_code for answer in [*failed, late]] == [500] * 4
    assert health.status_code == 503
    assert "nothing can be put away" in health.json()["error"]["message"]


def _fails(error: Exception) -> Callable[..., None]:
    def fail(*arguments: object) -> None:
        raise error

    return fail


async def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
