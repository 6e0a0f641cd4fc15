"""What the engine is held against."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

from server.engine.engine import Engine
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model

THREADS = 2

# llama.cpp adds numbers in another order for another number of rows in a batch, so logits differ a little. Where the
# best token leads by less than this, either choice is right, and the texts may part. test_batch_effects.py holds the
# figure against the model.
CLOSE_CALL = 0.5

RULES = "You are the assistant of a museum. Answer in one sentence. Never guess the opening hours. " * 8
QUESTIONS = [
    "When is it open?",
    "Where are the dinosaurs?",
    "Is there a café?",
    "门票多少钱？",
    "Who built it?",
]


def chat(model: Model, question: str, rules: str = RULES) -> list[int]:
    text = f"<|im_start|>system\n{rules}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
    return model.tokenize(text, add_special=False, parse_special=True)


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """No step begins in here, so that all that is asked for is there before the first."""
    between_steps = threading.Event()

    def step() -> bool:
        between_steps.set()
        return False

    with mock.patch.object(engine, "step", step):
        engine._wake()
        assert between_steps.wait(60)
        yield
    engine._wake()


class Reference:
    """Greedy decoding in its plainest form: one sequence, the prompt in one go, then token by token."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.context = Context(model, n_ctx=2048, n_batch=2048, n_slots=1, n_threads=THREADS)
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
