"""The index over HTTP, asked from a machine that keeps nothing of it."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fakes.progress import Counter

from kit.http.listen import bind
from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.service.app import create_app, serve, server
from rag.settings import Settings


@pytest.fixture
def there(index: Index, folder: Path, tmp_path: Path) -> Iterator[Settings]:
    """What stands in the `.env` of whoever asks."""
    ingest(index, [folder], Counter())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    [sock] = bind("127.0.0.1", port, "INDEX_ADDR")
    sock.listen()
    serving = server(create_app(index, ["secret"]))
    thread = threading.Thread(target=serving.run, args=([sock],))
    thread.start()
    url = f"http://127.0.0.1:{port}"
    assert httpx2.get(f"{url}/health", timeout=60).json() == {"status": "ok"}
    yield Settings(tmp_path / "nowhere", index_url=url, index_api_key="secret")
    serving.should_exit = True
    thread.join(30)
    sock.close()


def test_whoever_asks_finds_the_same_and_keeps_nothing(index: Index, there: Settings, folder: Path) -> None:
    with Index.open(there) as asking:
        for question in ("When is lunch?", "无线网络的密码是什么？"):
            assert asking.search(question) == index.search(question)
        assert asking.search("lunch", top_k=1, source=folder / "meals.md", metadata={}) == index.search(
            "lunch", top_k=1, source=folder / "meals.md", metadata={}
        )

    assert not there.chroma_path.exists()


def test_the_variables_of_env_lead_there(there: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_URL", f"{there.index_url}/")
    monkeypatch.setenv("INDEX_API_KEY", "secret")

    with Index.open() as asking:
        assert asking.search("When is lunch?")[0].source == "docs/meals.md"


def test_what_is_wrong_there_is_told_here_in_both_languages(there: Settings) -> None:
    with Index.open(there) as asking, pytest.raises(Problem, match="question is empty") as told:
        asking.search(" ")

    assert "问题是空的" in told.value.zh


def test_another_key_is_refused(there: Settings) -> None:
    with (
        Index.open(replace(there, index_api_key="other")) as asking,
        pytest.raises(Problem, match="INDEX_API_KEY"),
    ):
        asking.search("When is lunch?")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_where_nothing_answers_the_problem_says_what_to_start(there: Settings, url: str) -> None:
    with (
        Index.open(replace(there, index_url=url)) as asking,
        pytest.raises(Problem, match="python -m rag serve"),
    ):
        asking.search("When is lunch?")


def test_it_is_only_searched_from_here(there: Settings, folder: Path) -> None:
    with Index.open(there) as asking:
        with pytest.raises(Problem, match="only be searched"):
            ingest(asking, [folder], Counter())
        with pytest.raises(Problem, match="only be searched"):
            asking.reset()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"question": "x" * 50_001},
        {"question": "lunch", "top_k": 0},
        {"question": "lunch", "top_k": 101},
        {"question": "lunch", "metadata": {str(n): "x" for n in range(21)}},
        {"question": "lunch", "more": 1},
    ],
)
def test_what_may_be_asked_is_bounded(there: Settings, asked: dict[str, Any]) -> None:
    answer = httpx2.post(
        f"{there.index_url}/search", json=asked, headers={"Authorization": "Bearer secret"}, timeout=60
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] in ("question", "top_k", "metadata", "more")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "not JSON"),
        (b'{"question": "\xff"}', "not UTF-8"),
        (b"[" * 150_000, "nested too deep"),
        (b'{"question": "a", "top_k": ' + b"7" * 5_000 + b"}", "a number of more than"),
        (b'{"question": "\\ud800"}', "question: This is half of a surrogate pair"),
        (b'{"question": "a", "\\ud800": 1}', "half of a surrogate pair"),
        (b'{"question": "a", "' + b"x" * 900_000 + b'": 1}', "xxx"),
    ],
)
def test_what_is_hardly_json_is_refused_as_the_model_server_does(
    there: Settings, raw: bytes, says: str
) -> None:
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
    answer = httpx2.post(f"{there.index_url}/search", content=raw, headers=headers, timeout=60)

    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]
    assert len(answer.content) < 5_000


def test_what_is_no_http_is_refused_as_the_model_server_does(there: Settings) -> None:
    """It was told so in plain text; and whoever sent half of a request had all the time there is."""
    host, port = f"{there.index_url}".removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"type": "invalid_request_error"' in answer


def test_an_index_for_other_machines_wants_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_ADDR", "0.0.0.0:8091")
    monkeypatch.delenv("INDEX_API_KEY", raising=False)

    with pytest.raises(Problem, match="INDEX_API_KEY"):
        serve()
