"""What the service takes from strangers, and how much."""

import socket
from typing import Any

import pytest
from asking import Serve, Service
from fakes.endpoint import Play, Slowly

from agents.service import runs, threads
from agents.service.settings import Settings
from kit.problem import Problem


def test_a_key_is_demanded(play: Play, serve: Serve) -> None:
    play("Hello.")
    service = serve(api_keys=("secret",))
    ask = {"json": {"question": "Hi"}}

    without = service.http.post("/agents/tool_agent/invoke", **ask)
    wrong = service.http.post("/agents/tool_agent/invoke", headers={"Authorization": "Bearer secre"}, **ask)
    right = service.http.post("/agents/tool_agent/invoke", headers={"Authorization": "Bearer secret"}, **ask)

    assert (without.status_code, wrong.status_code, right.status_code) == (401, 401, 200)
    assert "AGENTS_API_KEY" in without.json()["error"]["message"]


def test_without_a_key_it_listens_to_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTS_ADDR", "0.0.0.0:8090")

    with pytest.raises(Problem, match="AGENTS_API_KEY"):
        Settings.from_env()


@pytest.mark.parametrize(
    "address", ["8090", "localhost", "localhost:x", "http://localhost:8090", "localhost:²"]
)
def test_an_address_that_is_none_is_a_problem(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("AGENTS_ADDR", address)

    with pytest.raises(Problem, match="AGENTS_ADDR"):
        Settings.from_env()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_foreign_web_page_is_refused(service: Service, headers: dict[str, str]) -> None:
    answer = service.http.post("/agents/tool_agent/invoke", json={"question": "Hi"}, headers=headers)

    assert answer.status_code == 403


def test_a_page_that_is_allowed_may_ask(play: Play, serve: Serve) -> None:
    play("Hello.")
    service = serve(cors_origins=("http://localhost:3000",))
    origin = {"Origin": "http://localhost:3000"}

    answer = service.http.post("/agents/tool_agent/invoke", json={"question": "Hi"}, headers=origin)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": "x" * 50_001}, "question"),
        ({"question": "Hi", "approved": True}, "question"),
        ({"approved": True}, "thread"),
        ({"question": "Hi", "thread": "../x"}, "thread"),
        ({"question": "Hi", "thread": "x" * 101}, "thread"),
        ({"question": 7}, "question"),
        ({"question": "Hi", "qeustion": "Hi"}, "qeustion"),
        ([], "body"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_name(service: Service, ask: Any, named: str) -> None:
    answer = service.http.post("/agents/tool_agent/invoke", json=ask)

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/agents/tool_agent/invoke", "/agents/tool_agent/ag-ui"])
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'"\xff"',
        b"[" * 100_000,
        b'{"question": "\\ud800"}',
        b'{"question": ' + b"7" * 5_000 + b"}",
        b'{"' + b"x" * 900_000 + b'": 1}',
        b'{"messages": [' + b"{}," * 300_000 + b"{}]}",
    ],
)
def test_a_body_that_is_none_is_refused(service: Service, path: str, body: bytes) -> None:
    answer = service.http.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == (413 if body.count(b"{") > 200_000 else 400), answer.text
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert len(answer.content) < 5_000


@pytest.mark.parametrize("path", ["/mcp", "/agents/tool_agent/a2a"])
@pytest.mark.parametrize("body", [b'"\xff"', b"[" * 150_000, b'{"id": ' + b"7" * 5_000 + b"}"])
def test_the_protocols_are_not_given_what_cannot_be_decoded(
    service: Service, path: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The protocols' libraries took it for a mistake of theirs: 500, with a traceback in the log."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    answer = service.http.post(path, content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "Traceback" not in caplog.text


def test_what_is_no_http_is_refused_as_the_model_server_does(service: Service) -> None:
    """It was told so in plain text; and whoever sent half of a request had all the time there is."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"type": "invalid_request_error"' in answer
    assert service.http.get("/health", headers={"X-A": "a" * 20_000}).status_code == 431


def test_a_body_that_is_too_long_is_refused(service: Service) -> None:
    answer = service.http.post("/agents/tool_agent/invoke", json={"question": "x" * 1_100_000})

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/agents/nobody/invoke", "/agents/..%2Fx/invoke", "/agents/steps/stream"])
def test_an_agent_that_is_none_is_not_found(service: Service, path: str) -> None:
    answer = service.http.post(path, json={"question": "Hi"})

    assert answer.status_code == 404


def test_a_thread_has_one_run_at_a_time(play: Play, service: Service) -> None:
    play(Slowly("A long answer to a short question. " * 400, 0.05))
    stream = service.stream("tool_agent", question="?", thread="t")
    next(stream)

    second = service.http.post("/agents/tool_agent/invoke", json={"question": "Hi", "thread": "t"})

    assert second.status_code == 409
    assert service.http.delete("/threads/t").status_code == 409
    service.http.post("/threads/t/cancel")
    list(stream)


def test_more_runs_than_there_may_be_are_told_to_come_back(
    play: Play, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_RUNS", 1)
    play(Slowly("A long answer to a short question. " * 400, 0.05))
    stream = service.stream("tool_agent", question="?", thread="t")
    next(stream)

    second = service.http.post("/agents/tool_agent/invoke", json={"question": "Hi"})

    assert second.status_code == 429
    assert second.headers["retry-after"] == "2"
    service.http.post("/threads/t/cancel")
    list(stream)


@pytest.mark.parametrize(
    ("limit", "message"), [("MOST_THREADS", "Delete some"), ("MOST_TURNS", "Begin a new one")]
)
def test_threads_and_their_turns_have_a_bound(
    play: Play, service: Service, monkeypatch: pytest.MonkeyPatch, limit: str, message: str
) -> None:
    monkeypatch.setattr(threads, limit, 1)
    play("Hello.")
    service.invoke("tool_agent", question="Hi", thread="t")
    ask = {"question": "Hi", "thread": "t" if limit == "MOST_TURNS" else "another"}

    answer = service.http.post("/agents/tool_agent/invoke", json=ask)

    assert answer.status_code == 409
    assert message in answer.json()["error"]["message"]
