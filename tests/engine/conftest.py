"""The engine in this process, on the small chat model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from plain_decoding import THREADS, Reference

from server.engine.engine import Engine
from server.engine.llama import Model
from server.engine.worker import Worker


@pytest.fixture(scope="session")
def model(chat_file: Path) -> Model:
    return Model(chat_file)


@pytest.fixture
def make_engine(model: Model) -> Iterator[Callable[..., Engine]]:
    """An engine at work, with a small KV cache unless told otherwise."""
    workers: list[Worker] = []

    def make(n_ctx: int = 2048, parking_bytes: int = 200_000_000) -> Engine:
        worker = Worker()
        engine = Engine(model, n_ctx=n_ctx, n_threads=THREADS, parking_bytes=parking_bytes, wake=worker.wake)
        worker.start(engine)
        workers.append(worker)
        return engine

    yield make
    for worker in workers:
        assert worker.stop(timeout=30)


@pytest.fixture(scope="session")
def reference(model: Model) -> Iterator[Reference]:
    reference = Reference(model)
    yield reference
    reference.context.close()
