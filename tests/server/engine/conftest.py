"""The engine in this process, on the small chat model, or on a tiny one where any will do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plain_decoding import THREADS, Reference

from server.engine.engine import Engine
from server.engine.llama.model import Model
from server.engine.worker import Worker
from tests.fakes import tiny_models


@pytest.fixture(scope="session")
def model(chat_file: Path) -> Model:
    return Model(chat_file)


@pytest.fixture(scope="session")
def mamba(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("mamba") / "mamba.gguf"
    tiny_models.mamba(path)
    return Model(path)


@pytest.fixture
def make_engine(model: Model) -> Iterator[Callable[..., Engine]]:
    """An engine at work, with a small KV cache unless told otherwise."""
    workers: list[Worker] = []

    def make(n_ctx: int = 2048, swap_bytes: int = 200_000_000, **more: Any) -> Engine:
        worker = Worker()
        size = {"n_ctx": n_ctx, "swap_bytes": swap_bytes}
        engine = worker.call(lambda: Engine(model, n_threads=THREADS, wake=worker.wake, **size, **more))
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
