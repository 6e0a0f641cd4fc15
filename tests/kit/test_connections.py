"""Connections that ask for nothing: 400 of them stayed open for good. And those that ask for what is none."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
import websockets

from kit.http import connections
from kit.http.connections import Connection
from kit.http.head_limit import MAX_BYTES, MAX_HEADERS, HeadLimit


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "hi"})
        return
    if scope["path"] == "/body":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 1)
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 5)
    config = uvicorn.Config(
        HeadLimit(hello), http=Connection, port=0, log_level="warning", lifespan="off", loop="asyncio"
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A"])
async def test_who_says_nothing_or_half_a_request_is_closed(port: int, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        async with asyncio.timeout(60):
            await reader.readexactly(1)
    writer.close()


async def test_who_goes_on_asking_is_not_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[Callable[[], None]] = []
    monkeypatch.setattr(Connection, "_wait", lambda self: times.append(self._look))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(4):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        times.pop()()  # HEADER_SECONDS have passed

    times.pop()()  # once more, and nothing was asked
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_one_too_many_is_closed_and_the_others_are_not(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 60)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    reader, late = await asyncio.open_connection("127.0.0.1", port)
    late.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    first, writer = held[0]
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await first.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
    for _, writer in [*held, (reader, late)]:
        writer.close()


async def answer_to(port: int, said: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(60):
        head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), rest


ASKS = b"POST /body HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"hello\r\n\r\n", "illegal request line"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "illegal request line"),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", "illegal request line"),
        (b"GET / HTTP/1.1\r\n\r\n", "Missing mandatory Host"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "multiple Host"),
        (ASKS + b"Content-Length: -1\r\n\r\n", "Content-Length"),
        (ASKS + b"Content-Length: abc\r\n\r\n", "Content-Length"),
        (ASKS + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk"),
    ],
)
async def test_what_is_no_http_is_refused_as_everything_else_is(port: int, said: bytes, why: str) -> None:
    """It was told `Invalid HTTP request received.` as plain text, where clients read JSON."""
    status, body = await answer_to(port, said)

    assert status == 400
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error"
    assert why in error["message"]


@pytest.mark.parametrize(
    "headers",
    [
        b"X-A: " + b"a" * 100_000 + b"\r\n",
        b"X-A: a\r\n" * 3_000,
        b"a:\r\n" * MAX_HEADERS,
        b"X-A: " + b"a" * MAX_BYTES + b"\r\n",
    ],
)
async def test_a_head_that_came_at_once_is_as_bounded_as_one_in_pieces(port: int, headers: bytes) -> None:
    status, body = await answer_to(
        port, b"GET / HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n" + headers + b"\r\n"
    )

    assert status == 431
    assert "100 headers" in json.loads(body)["error"]["message"]


async def test_a_page_that_listens_is_not_closed_for_saying_nothing(port: int) -> None:
    """A websocket was closed after HEADER_SECONDS: it asks once, and listens for the rest."""
    async with websockets.connect(f"ws://127.0.0.1:{port}") as page:
        await asyncio.sleep(3)  # HEADER_SECONDS here is one
        await page.send("still there?")
        assert await page.recv() == "hi"
