"""The handout's own examples, sent as curl sends them."""

import json
from collections.abc import Iterator

import httpx2
import pytest

CURL = {"user-agent": "curl/8.5.0", "accept": "*/*"}


@pytest.fixture
def curl(base_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=base_url, timeout=60) as client:
        client.headers = httpx2.Headers(CURL)
        yield client


def test_both_models_are_listed(curl: httpx2.Client) -> None:
    reply = curl.get("/models").json()

    assert reply["object"] == "list"
    assert [model["id"] for model in reply["data"]] == ["moly-chat", "moly-embedding"]
    for model in reply["data"]:
        assert set(model) == {"id", "created", "object", "owned_by"}
        assert model["object"] == "model"
        assert isinstance(model["created"], int)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_einstein_needs_no_model_field(curl: httpx2.Client, content_type: str) -> None:
    """`curl -d` without -H calls its body a form."""
    question = {
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "What are the most important accomplishments of Albert Einstein?"},
        ],
        "max_tokens": 32,
        "temperature": 0,
    }
    response = curl.post(
        "/chat/completions", content=json.dumps(question), headers={"content-type": content_type}
    )

    assert response.status_code == 200
    reply = response.json()
    assert reply["object"] == "chat.completion"
    assert reply["model"] == "moly-chat"
    [choice] = reply["choices"]
    assert choice["message"]["role"] == "assistant"
    assert "Einstein" in choice["message"]["content"]
    assert choice["finish_reason"] == "length"
    usage = reply["usage"]
    assert usage["completion_tokens"] == 32
    assert usage["total_tokens"] == usage["prompt_tokens"] + 32


def test_an_embedding_needs_no_model_field(curl: httpx2.Client) -> None:
    reply = curl.post("/embeddings", json={"input": "The food was delicious"}).json()

    assert reply["model"] == "moly-embedding"
    assert len(reply["data"][0]["embedding"]) == 384
