"""HTTP to the letter: methods, addresses, compression, and what splits lines."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

Visit = Callable[..., httpx2.AsyncClient]

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85"])
@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/v1/responses"])
async def test_no_character_of_an_answer_splits_its_line(
    visit: Visit, model: Model, char: str, path: str
) -> None:
    """str.splitlines and others end lines at U+2028, U+2029 and U+0085, and cut the JSON in two."""
    client = visit(ChatModel(ScriptedEngine(model, f"one{char}two")))
    asked = {CHAT: HELLO, "/v1/completions": {"prompt": "hi"}, "/v1/responses": {"input": "hi"}}[path]
    raw = (await client.post(path, json={**asked, "stream": True})).text

    told = [line for line in raw.splitlines() if line.startswith("data: {")]
    assert len(told) > 2
    assert char in "".join(json.dumps(json.loads(line[6:]), ensure_ascii=False) for line in told)


async def test_no_character_of_a_whole_answer_splits_it(visit: Visit, model: Model) -> None:
    answer = await visit(ChatModel(ScriptedEngine(model, "one\u2028two"))).post(CHAT, json=HELLO)

    assert len(answer.text.splitlines()) == 1
    assert answer.json()["choices"][0]["message"]["content"] == "one\u2028two"


@pytest.mark.parametrize("path", ["/health", "/v1/models", "/v1/models/moly-chat"])
async def test_head_is_get_without_a_body(visit: Visit, chat: ChatModel, path: str) -> None:
    """Uptime checks ask with HEAD."""
    client = visit(chat)
    got, head = await client.get(path), await client.head(path)

    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CHAT, "POST"),
        ("DELETE", "/metrics", "GET, HEAD"),
        ("PUT", "/v1/responses/resp_1", "DELETE, GET, HEAD"),
        ("HEAD", CHAT, "POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    visit: Visit, chat: ChatModel, method: str, path: str, allowed: str
) -> None:
    answer = await visit(chat).request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/v1/chat/completions", "//v1/chat/completions"])
async def test_a_wrong_address_is_told_the_right_one(visit: Visit, chat: ChatModel, path: str) -> None:
    answer = await visit(chat).post(f"http://localhost{path}", json=HELLO)

    assert answer.status_code == 404
    assert "http://localhost/v1" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_a_compressed_body_is_read(
    visit: Visit, chat: ChatModel, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    raw = compress(json.dumps(HELLO).encode())
    answer = await visit(chat).post(CHAT, content=raw, headers={"content-encoding": encoding})

    assert answer.status_code == 200


@pytest.mark.parametrize("length", [1 << 18, (1 << 18) + 1, 3 << 18])
async def test_a_long_compressed_body_is_read_in_pieces(visit: Visit, chat: ChatModel, length: int) -> None:
    text = json.dumps(HELLO).encode().ljust(length)
    answer = await visit(chat).post(CHAT, content=gzip.compress(text), headers={"content-encoding": "gzip"})

    assert answer.status_code == 200


async def test_several_gzip_members_are_one_body(visit: Visit, chat: ChatModel) -> None:
    text = json.dumps(HELLO).encode()
    raw = gzip.compress(text[:10]) + gzip.compress(text[10:])

    assert (
        await visit(chat).post(CHAT, content=raw, headers={"content-encoding": "gzip"})
    ).status_code == 200


@pytest.mark.parametrize(
    ("encoding", "raw", "status"),
    [
        ("br", b"x", 415),
        ("zstd", b"x", 415),
        ("gzip, gzip", b"x", 415),
        ("gzip", b"{}", 400),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-9], 400),
        ("gzip", gzip.compress(b" " * 40_000_000, mtime=0), 413),
        ("gzip", gzip.compress(b"[[]]," * 100_000, mtime=0), 413),
        ("gzip", gzip.compress(b" ", mtime=0) * 2_000, 413),
    ],
)
async def test_a_body_that_cannot_be_inflated_is_refused(
    visit: Visit, chat: ChatModel, encoding: str, raw: bytes, status: int
) -> None:
    """A few kilobytes of gzip are gigabytes inflated, and 30 MB of `[[]]` held the event loop for seven seconds."""
    answer = await visit(chat).post(CHAT, content=raw, headers={"content-encoding": encoding})

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"top_p": 0}, 200),
        ({"web_search_options": {}}, 400),
        ({"audio": {}}, 400),
        ({"function_call": "none"}, 200),
        ({"functions": []}, 200),
        ({"function_call": {"name": "f"}}, 400),
    ],
)
async def test_what_asks_for_nothing_is_taken_and_what_asks_for_something_else_is_not(
    visit: Visit, chat: ChatModel, fields: dict[str, Any], status: int
) -> None:
    assert (await visit(chat).post(CHAT, json={**HELLO, **fields})).status_code == status


@pytest.mark.parametrize(
    ("path", "asked", "words"),
    [
        ("/v1/responses", {"input": []}, "input: List should have at least 1 item"),
        ("/v1/completions", {"prompt": []}, "prompt: List should have at least 1 item"),
        ("/v1/responses", {"input": 3}, "input: Input should be a valid string"),
        (CHAT, {**HELLO, "stop": ["a"] * 17}, "stop: At most 16 entries are allowed"),
    ],
)
async def test_of_several_forms_the_one_that_was_sent_is_spoken_of(
    visit: Visit, chat: ChatModel, path: str, asked: Any, words: str
) -> None:
    """An empty list was told that it should be a text."""
    refused = await visit(chat).post(path, json=asked)

    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith(words)


async def test_a_prompt_that_is_too_long_is_told_in_openais_words(visit: Visit, chat: ChatModel) -> None:
    """LiteLLM and what stands on it look for them."""
    client = visit(chat)
    long = "word " * 5000
    for path, asked in {
        CHAT: {"messages": [{"role": "user", "content": long}]},
        "/v1/completions": {"prompt": long},
        "/v1/responses": {"input": long},
    }.items():
        error = (await client.post(path, json=asked)).json()["error"]
        assert error["message"].startswith(
            "This model's maximum context length is 4096 tokens. However, your "
        )
        assert error["code"] == "context_length_exceeded"


async def test_the_description_names_the_errors_that_come(visit: Visit, chat: ChatModel) -> None:
    told = (await visit(chat).get("/openapi.json")).json()
    operations = [each for path in told["paths"].values() for each in path.values()]

    assert not any("422" in operation["responses"] for operation in operations)
    assert {"400", "401", "403", "404", "413", "415", "429", "500", "504"} <= set(
        told["paths"][CHAT]["post"]["responses"]
    )
    assert "Error" in told["components"]["schemas"]
    assert "#/components/schemas/HTTPValidationError" not in json.dumps(told)
