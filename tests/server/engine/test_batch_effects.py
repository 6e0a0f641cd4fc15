"""How far the composition of a batch moves the logits: what `CLOSE_CALL` is taken from."""

import numpy as np
import pytest
from plain_decoding import CLOSE_CALL, QUESTIONS, Reference, chat

from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model

NEIGHBOURS = 8


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_lead_of_a_likely_token_moves_by_less_than_a_close_call(
    model: Model, reference: Reference, question: str
) -> None:
    prompt = chat(model, question, rules="Answer in one sentence.")
    reference.context.clear()
    plain = reference.logits(prompt, 0)
    likely = np.argsort(plain)[-20:]

    for moved in (in_small_chunks(model, prompt), among_neighbours(model, prompt)):
        shift = (moved - plain)[likely]
        assert shift.max() - shift.min() < CLOSE_CALL


def in_small_chunks(model: Model, prompt: list[int]) -> np.ndarray:
    context, batch = Context(model, n_ctx=512, n_batch=512, n_slots=1, n_threads=2), Batch(512)
    row = 0
    for start in range(0, len(prompt), 16):
        batch.clear()
        row = batch.add(prompt[start : start + 16], start, 0, wanted=True)
        assert context.decode(batch)
    return finished(context, row)


def among_neighbours(model: Model, prompt: list[int]) -> np.ndarray:
    """The last token is computed together with those of other sequences."""
    context = Context(model, n_ctx=2048, n_batch=512, n_slots=NEIGHBOURS + 1, n_threads=2)
    batch = Batch(512)
    for slot in range(NEIGHBOURS + 1):
        batch.clear()
        batch.add(prompt[:-1], 0, slot, wanted=False)
        assert context.decode(batch)
    batch.clear()
    rows = [batch.add(prompt[-1:], len(prompt) - 1, slot, wanted=True) for slot in range(NEIGHBOURS + 1)]
    assert context.decode(batch)
    return finished(context, rows[0])


def finished(context: Context, row: int) -> np.ndarray:
    logits = context.logits(row).copy()
    context.close()
    return logits
