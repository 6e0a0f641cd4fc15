"""Connections that ask for nothing: 400 of them stayed open for good."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn

from server import connections
from server.connections import Connection


async def hello(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"hi"})  # type: ignore[operator]


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 1)
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 5)
    config = uvicorn.Config(
        hello, http=Connection, port=0, log_level="warning", lifespan="off", loop="asyncio"
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
