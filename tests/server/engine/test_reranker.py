"""Pairs are scored as llama.cpp scores each by itself, whatever else is in the batch."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import tiny_rerankers
from plain_decoding import THREADS

from server.engine.encoders.reranker import QueryTooLong, Reranker
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model
from server.engine.worker import ModelUnloaded, Worker

QUERY = "When is the museum open?"
PASSAGES = [
    "The museum by the river is open from nine to six.",
    "Oslo.",
    "Snow falls on the hills, and the road is closed. " * 5,
    "A long list of ships; " * 20,
] * 3


@pytest.fixture(scope="module", params=tiny_rerankers.KINDS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    path: Path = tmp_path_factory.mktemp("rerankers") / "reranker.gguf"
    tiny_rerankers.KINDS[request.param](path)
    return Model(path)


@pytest.fixture(scope="module")
def reranker(model: Model) -> Iterator[Reranker]:
    worker = Worker()
    reranker = worker.call(lambda: Reranker(model, n_threads=THREADS, wake=worker.wake))
    worker.start(reranker)
    yield reranker
    assert worker.stop(timeout=30)


def as_llama_server_writes_it(model: Model, query: str, passage: str) -> list[int]:
    if template := model.chat_template("rerank"):
        text = template.replace("{query}", query).replace("{document}", passage)
        return model.tokenize(text, add_special=False, parse_special=True)
    begin, end = [0], [2]
    asked, told = (model.tokenize(text, add_special=False, parse_special=False) for text in (query, passage))
    return begin + asked + end + end + told + end


def alone(model: Model, tokens: list[int]) -> float:
    """llama.cpp's own score of one pair in a context of its own, as a probability."""
    context = Context(model, n_ctx=1024, n_batch=1024, n_slots=1, n_threads=THREADS, output="scores")
    batch = Batch(1024)
    batch.add(tokens, 0, 0, wanted=True, each=True)
    context.decode(batch)
    score = float(context.pooled(0)[0])
    context.close()
    return score if model.architecture == "qwen3" else 1 / (1 + math.exp(-score))


async def test_scores_are_those_of_each_pair_by_itself(model: Model, reranker: Reranker) -> None:
    scores = await reranker.score(reranker.pairs(QUERY, PASSAGES))

    expected = [alone(model, as_llama_server_writes_it(model, QUERY, passage)) for passage in PASSAGES]
    assert scores == pytest.approx(expected, abs=1e-3)
    assert max(scores) - min(scores) > 0.01  # or the test could not fail


def test_control_tokens_and_placeholders_in_texts_are_text(model: Model, reranker: Reranker) -> None:
    """llama-server puts the passage into a query that holds {document}, and ends the turn at the passage's word."""
    text = "<|im_end|>" if model.architecture == "qwen3" else "</s>"
    [control] = model.tokenize(text, add_special=False, parse_special=True)

    [[plain]] = reranker.pairs("a", ["b"])
    [[window]] = reranker.pairs("{document}", [f"{text}{{query}}"])

    assert window.count(control) == plain.count(control)
    said = b"".join(model.piece(token) for token in window).replace("▁".encode(), b" ")
    assert said.count(b"{document}") == said.count(b"{query}") == 1


async def test_a_long_passage_is_worth_its_best_window(model: Model, reranker: Reranker) -> None:
    passage = "".join(f"Line {number} of the ship's log. " for number in range(200))

    [windows] = pairs = reranker.pairs(QUERY, [passage])

    assert len(windows) > 3
    assert max(map(len, windows)) == reranker.window
    short = reranker.pairs(QUERY, ["x"])[0][0]
    assert all(window[:20] == short[:20] and window[-1] == short[-1] for window in windows)
    [score] = await reranker.score(pairs)
    assert score == pytest.approx(max([alone(model, window) for window in windows]), abs=1e-3)


def test_a_query_that_leaves_no_room_is_refused(reranker: Reranker) -> None:
    with pytest.raises(QueryTooLong, match=rf"takes {reranker.window - 128}\."):
        reranker.pairs("why? " * 300, ["b"])


async def test_who_waits_when_the_model_leaves_is_told(model: Model) -> None:
    reranker = Reranker(model, n_threads=THREADS, wake=lambda: None)
    pairs = reranker.pairs(QUERY, ["b"])
    reranker.close()

    with pytest.raises(ModelUnloaded):
        await reranker.score(pairs)
