"""Whoever looks on while a server is attacked notices what it does to others."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx2
import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from benchmarks.trust.assault import assault
from benchmarks.trust.attack import Attack
from benchmarks.trust.prober import looking_on

pytestmark = pytest.mark.real

HELD_SECONDS = 2


async def health(_: Request) -> Response:
    return PlainTextResponse("ok")


async def chat(request: Request) -> Response:
    async def lines() -> AsyncIterator[str]:
        for _ in range(2_000):
            yield 'data: {"content":"word"}\n\n'
            await asyncio.sleep(0.01)

    return StreamingResponse(lines())


async def hold(_: Request) -> Response:
    time.sleep(HELD_SECONDS)
    return PlainTextResponse("no", 400)


async def mistake(_: Request) -> Response:
    return PlainTextResponse("no", 500)


@pytest.fixture
def url() -> Iterator[str]:
    routes = [
        Route("/health", health),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/hold", hold, methods=["POST"]),
        Route("/mistake", mistake, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_a_body_that_holds_the_event_loop_is_found_by_its_name(url: str) -> None:
    attacks = [
        Attack("harmless", "/health", b""),
        Attack("slow", "/hold", b"{}"),
        Attack("odd", "/mistake", b""),
    ]

    with looking_on(url) as seen:
        assert httpx2.get(f"{url}/health", timeout=60).status_code == 200
        time.sleep(1)  # in which it reads some tokens
        done = assault(url, psutil.Process(), attacks)

    assert done.counts == {"refused": 2, "5xx": 1}
    assert done.deaths == 0
    longest, name = done.worst(seen.health)
    assert longest > HELD_SECONDS / 2
    assert name == "/hold: slow"
    assert seen.tokens
