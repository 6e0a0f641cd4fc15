"""Endpoints that answer 200 and no model's answer: each was a traceback, or passed for an answer."""

import json
from pathlib import Path

import pytest
from fakes.progress import Counter
from fakes.verbatim import Verbatim

from kit.endpoint import require_server
from kit.problem import Problem
from rag import Answer, Index, Passage
from rag.embedder import EndpointEmbedder
from rag.ingest import ingest

EVENTS = "text/event-stream"
TICKETS = Passage("A ticket costs 30 yuan.", "a.md", "", "Tickets", None, 0, 23, relevance=0.3)


def embedding(vector: object) -> bytes:
    return json.dumps({"object": "list", "data": [{"index": 0, "embedding": vector}]}).encode()


def event(said: object) -> bytes:
    return f"data: {json.dumps(said)}\n\n".encode()


def delta(content: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


@pytest.mark.parametrize(
    "card", [b"null", b"[]", b"5", b'"m"', b"", b"\xff", b'{"id": "m", "query_prefix": 7, "file": []}']
)
def test_a_card_that_tells_nothing_is_none(monkeypatch: pytest.MonkeyPatch, card: bytes) -> None:
    with Verbatim(embedding([3.0, 4.0]), listed=card) as endpoint:
        monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", endpoint.base_url)
        embedder = EndpointEmbedder()

        assert (embedder.query_prefix, embedder.passage_prefix) == ("", "")
        assert embedder.embed_questions(["When?"]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


@pytest.mark.parametrize(
    "answer",
    [b"null", b"[]", b"5", b"", b"\xff", b"{}", b'{"data": 5}', b'{"data": ["x"]}',
     *map(embedding, [[], [[1.0, 2.0]], ["a", "b"], {"a": 1}, None, 7, [0.0, 0.0], [1e300, 1.0], [1e30, 1e30]])],
)  # fmt: skip
def test_what_are_no_vectors_is_no_models_answer(
    monkeypatch: pytest.MonkeyPatch, index: Index, folder: Path, answer: bytes
) -> None:
    """Vectors of zeros were stored as what cannot be calculated, and the cure was to rename the index."""
    with Verbatim(answer, listed=b"{}") as endpoint:
        monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", endpoint.base_url)
        with pytest.raises(Problem, match=r"no model's answer\. Correct EMBEDDING_MODEL_BASE_URL") as problem:
            ingest(index, [folder], Counter())
    assert endpoint.base_url in problem.value.zh


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html>Please sign in</html>", "text/html"),
        (b"", EVENTS),
        (b'{"error": {"message": "quota exceeded"}}', "application/json"),
        (b'{"choices": [{"message": {"content": "A ticket costs 30 yuan [1]."}}]}', "application/json"),
        (b"data: [DONE]\n\n", EVENTS),
        (b"data: not json\n\n", EVENTS),
        (b"data: \xff\xfe\n\n", EVENTS),
        *[(event(said), EVENTS) for said in (None, [], 5, {"id": "x"}, {"choices": "x"}, {"choices": [7]},
                                             {"choices": [{"delta": None}]}, delta(5), delta([{"text": "30"}]))],
    ],
)  # fmt: skip
def test_a_stream_without_text_is_not_that_the_documents_do_not_answer(
    monkeypatch: pytest.MonkeyPatch, body: bytes, content_type: str
) -> None:
    """A web page, nothing at all or an answer in one piece: "The documents do not answer this.\""""
    with Verbatim(body, content_type) as endpoint:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
        with pytest.raises(Problem, match=r"no model's answer\. Correct CHAT_MODEL_BASE_URL"):
            list(Answer("What does a ticket cost?", [TICKETS]))


@pytest.mark.parametrize("listed", [b"", b"\xff", b"null", b"5", b"<html>"])
def test_a_list_of_models_that_is_none_is_no_models_answer(
    monkeypatch: pytest.MonkeyPatch, listed: bytes
) -> None:
    with Verbatim(listed) as endpoint:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
        with pytest.raises(Problem, match=r"no model's answer\. Correct CHAT_MODEL_BASE_URL"):
            require_server()


def test_a_list_of_models_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some providers send the bare list."""
    with Verbatim(b'[{"id": "m"}]') as endpoint:
        monkeypatch.setenv("CHAT_MODEL_BASE_URL", endpoint.base_url)
        require_server()
