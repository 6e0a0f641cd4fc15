"""Reranking over HTTP, by an embedding model that counts words."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx2
import numpy as np
import pytest
from description import is_described

from server.api.served import Absent, Served
from server.app import create_app

WORDS = ["ask:", "say:", "snow", "falls", "in", "oslo", "rome", "is", "warm"]
DOCUMENTS: Any = ["rome is warm", {"text": "snow falls in oslo"}, "oslo"]
ASKED: Any = {"query": "snow falls oslo", "documents": DOCUMENTS}


class WordCounts:
    """An embedder whose tokens are words."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def tokenize(self, text: str) -> list[int]:
        self.texts.append(text)
        return [WORDS.index(word) for word in text.lower().split()]

    async def embed(self, texts: list[list[int]]) -> list[Any]:
        counts = [np.bincount(tokens, minlength=len(WORDS))[2:].astype(np.float32) for tokens in texts]
        return [each / np.linalg.norm(each) for each in counts]


@pytest.fixture
def embedder() -> WordCounts:
    return WordCounts()


@pytest.fixture
async def http(embedder: WordCounts) -> AsyncIterator[httpx2.AsyncClient]:
    entry: Any = SimpleNamespace(query_prefix="ask: ", passage_prefix="say: ")
    served = Served(Absent("none"), embedder, entry, created=0)  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(create_app(served))
    hooks: Any = {"response": [is_described]}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost", event_hooks=hooks
    ) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/rerank", "/rerank", "/v2/rerank", "/v1/reranking", "/reranking"])
async def test_the_documents_come_best_first_with_their_cosine(http: httpx2.AsyncClient, path: str) -> None:
    told = (await http.post(path, json={"model": "jina-reranker-v2-base-multilingual", **ASKED})).json()

    assert told["model"] == "moly-embedding"  # what ranked, whatever was asked for
    assert [each["index"] for each in told["results"]] == [1, 2, 0]
    scores = [each["relevance_score"] for each in told["results"]]
    assert scores == pytest.approx([3**0.5 / 2, 3**-0.5, 0])
    assert all(each.keys() == {"index", "relevance_score"} for each in told["results"])
    assert told["usage"] == {"prompt_tokens": 15, "total_tokens": 15}


async def test_query_and_documents_have_the_models_prefixes(
    http: httpx2.AsyncClient, embedder: WordCounts
) -> None:
    await http.post("/v1/rerank", json=ASKED)

    assert embedder.texts == [
        "ask: snow falls oslo",
        "say: rome is warm",
        "say: snow falls in oslo",
        "say: oslo",
    ]


async def test_the_best_come_back_with_their_text(http: httpx2.AsyncClient) -> None:
    asked = {**ASKED, "query": "warm rome", "top_n": 1, "return_documents": True}
    [best] = (await http.post("/v1/rerank", json=asked)).json()["results"]

    assert (best["index"], best["document"]) == (0, {"text": "rome is warm"})


async def test_top_n_may_be_more_than_there_are(http: httpx2.AsyncClient) -> None:
    assert len((await http.post("/v1/rerank", json={**ASKED, "top_n": 9})).json()["results"]) == 3


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"documents": []}, "documents"),
        ({"documents": ["oslo"] * 1001}, "documents"),
        ({"documents": ["oslo", ""]}, "documents.1"),
        ({"documents": [{"image": "x"}]}, "documents.0.text"),
        ({"query": ""}, "query"),
        ({"top_n": 0}, "top_n"),
    ],
)
async def test_what_cannot_be_ranked_is_refused_by_its_field(
    http: httpx2.AsyncClient, fields: dict[str, Any], param: str
) -> None:
    answer = await http.post("/v1/rerank", json={**ASKED, **fields})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
