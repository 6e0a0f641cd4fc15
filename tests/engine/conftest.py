"""The engine in this process, on the small chat model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from server.engine.engine import Engine
from server.engine.llama import Batch, Context, Model
from server.engine.worker import Worker

THREADS = 2


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
def reference(model: Model) -> Iterator["Reference"]:
    reference = Reference(model)
    yield reference
    reference.context.close()


class Reference:
    """Greedy decoding in its plainest form: one sequence, the prompt in one go, then token by token."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.context = Context(model, n_ctx=2048, n_batch=2048, n_seq_max=1, n_threads=THREADS)
        self.batch = Batch(2048)

    def logits(self, tokens: list[int], start: int) -> np.ndarray:
        self.batch.clear()
        row = self.batch.add(tokens, start, 0, wanted=True)
        assert self.context.decode(self.batch)
        return self.context.logits(row).copy()

    def greedy(self, prompt: list[int], n: int) -> tuple[list[int], list[float]]:
        """The answer's tokens, and by how much each was likelier than the runner-up (in logits)."""
        self.context.clear()
        logits = self.logits(prompt, 0)
        answer: list[int] = []
        leads: list[float] = []
        while len(answer) < n:
            second, first = np.partition(logits, -2)[-2:]
            token = int(logits.argmax())
            if self.model.ends_generation(token):
                break
            answer.append(token)
            leads.append(float(first - second))
            logits = self.logits([token], len(prompt) + len(answer) - 1)
        return answer, leads
