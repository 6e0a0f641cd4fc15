"""Keys, limits and labels, around an app that does nothing else."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from server.api.middleware import ApiKeys, BodyLimit, RequestId, TimeLimit


async def length(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def sleep(_: Request) -> JSONResponse:
    await asyncio.sleep(10)
    return JSONResponse("late")


async def drip(_: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield "data: first\n\n"
        await asyncio.sleep(10)

    return StreamingResponse(lines())


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    routes = [
        Route("/health", length),
        Route("/length", length, methods=["POST"]),
        Route("/sleep", sleep),
        Route("/drip", drip),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(TimeLimit, seconds=0.2)
    app.add_middleware(BodyLimit, bytes_at_most=100)
    app.add_middleware(ApiKeys, keys=["sk-one", "sk-two"])
    app.add_middleware(RequestId)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
        yield client


KEY = {"authorization": "Bearer sk-two"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer sk-three"},
        {"authorization": "sk-one"},
        {"authorization": "Bearer "},
        {"x-api-key": "sk-one"},
    ],
)
async def test_without_a_key_every_door_but_health_is_shut(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    refused = await client.post("/length", content=b"abc", headers=headers)

    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert (await client.get("/nowhere", headers=headers)).status_code == 401
    assert (await client.get("/health", headers=headers)).status_code == 200


@pytest.mark.parametrize("header", ["Bearer sk-one", "Bearer sk-two", "bearer sk-one"])
async def test_each_key_opens(client: httpx2.AsyncClient, header: str) -> None:
    assert (await client.post("/length", content=b"abc", headers={"authorization": header})).json() == 3


async def test_a_body_that_is_too_long_is_refused_even_if_it_does_not_say_so(
    client: httpx2.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"0123456789"

    assert (await client.post("/length", content=b"x" * 100, headers=KEY)).json() == 100
    assert (await client.post("/length", content=b"x" * 101, headers=KEY)).status_code == 413
    assert (await client.post("/length", content=chunks(), headers=KEY)).status_code == 413


async def test_an_answer_that_takes_too_long_is_broken_off(client: httpx2.AsyncClient) -> None:
    late = await client.get("/sleep", headers=KEY)

    assert late.status_code == 504
    assert late.json()["error"]["code"] == "timeout"


async def test_a_stream_that_takes_too_long_ends_with_the_error(client: httpx2.AsyncClient) -> None:
    broken = await client.get("/drip", headers=KEY)

    first, last = broken.text.strip().split("\n\n")
    assert first == "data: first"
    assert "timeout" in last


async def test_the_clients_own_request_id_comes_back(client: httpx2.AsyncClient) -> None:
    mine = await client.get("/health", headers={"x-request-id": "mine-1"})
    another = await client.get("/health")

    assert mine.headers["x-request-id"] == "mine-1"
    assert another.headers["x-request-id"].startswith("req_")
