"""Keys, limits and labels, around an app that does nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from kit.http.body_limit import BodyLimit
from kit.http.keys import ApiKeys
from server.api.drain import Drain
from server.api.middleware.request_id import RequestId
from server.api.middleware.time_limit import TimeLimit


async def length(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def sleep(_: Request) -> JSONResponse:
    await asyncio.sleep(600)
    return JSONResponse("late")


async def drip(_: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield "data: first\n\n"
        await asyncio.sleep(600)

    return StreamingResponse(lines())


Limited = Callable[..., httpx2.AsyncClient]


@pytest.fixture
async def limited() -> AsyncIterator[Limited]:
    """A client of the app with these limits; the others are so wide that none is reached before."""
    async with AsyncExitStack() as stack:

        def make(seconds: float = 60, silent_seconds: float = 60) -> httpx2.AsyncClient:
            routes = [
                Route("/health", length),
                Route("/length", length, methods=["POST"]),
                Route("/sleep", sleep),
                Route("/drip", drip),
            ]
            app = Starlette(routes=routes)
            app.add_middleware(TimeLimit, seconds=seconds)
            app.add_middleware(BodyLimit, bytes_at_most=100, values_at_most=10, silent_seconds=silent_seconds)
            app.add_middleware(ApiKeys, keys=["sk-one", "sk-two"], setting="MOLY_API_KEY")
            app.add_middleware(RequestId)
            client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def client(limited: Limited) -> httpx2.AsyncClient:
    return limited()


KEY = {"authorization": "Bearer sk-two"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer sk-three"},
        {"authorization": "sk-one"},
        {"authorization": "Bearer "},
        {"x-api-key": "sk-three"},
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


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sk-one"},
        {"authorization": "Bearer sk-two"},
        {"authorization": "bearer sk-one"},
        {"x-api-key": "sk-two"},  # Anthropic's clients
    ],
)
async def test_each_key_opens(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    assert (await client.post("/length", content=b"abc", headers=headers)).json() == 3


async def test_a_body_that_is_too_long_is_refused_even_if_it_does_not_say_so(
    client: httpx2.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"0123456789"

    assert (await client.post("/length", content=b"x" * 100, headers=KEY)).json() == 100
    assert (await client.post("/length", content=b"x" * 101, headers=KEY)).status_code == 413
    assert (await client.post("/length", content=chunks(), headers=KEY)).status_code == 413


async def test_an_answer_that_takes_too_long_is_broken_off(limited: Limited) -> None:
    late = await limited(seconds=0.2).get("/sleep", headers=KEY)

    assert late.status_code == 504
    assert late.json()["error"]["code"] == "timeout"


async def test_a_stream_that_takes_too_long_ends_with_the_error(limited: Limited) -> None:
    broken = await limited(seconds=1).get("/drip", headers=KEY)

    first, last, _ = broken.text.strip().split("\n\n")
    assert first == "data: first"
    assert "timeout" in last


async def test_a_body_of_too_many_values_is_refused_before_it_is_read(client: httpx2.AsyncClient) -> None:
    """8 MB of `[[]]` held the event loop for two seconds, in which no stream went on."""
    refused = await client.post("/length", content=b"[],[],[],[],[],[]", headers=KEY)

    assert refused.status_code == 413
    assert "more than 10 commas and brackets" in refused.text


async def test_a_body_that_stops_to_come_is_not_waited_for(limited: Limited) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"0123456789"
        await asyncio.sleep(600)

    refused = await limited(silent_seconds=0.1).post("/length", content=chunks(), headers=KEY)

    assert refused.status_code == 408


@pytest.mark.parametrize("path", ["/sleep", "/drip"])
async def test_what_is_under_way_is_told_of_the_end_and_what_is_new_is_refused(path: str) -> None:
    """SIGTERM cut six streams of six off without a word."""
    drain = Drain()
    routes = [Route("/sleep", sleep), Route("/drip", drip), Route("/health", length)]
    app = TimeLimit(Starlette(routes=routes), seconds=60, drain=drain)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        waiting = asyncio.create_task(client.get(path))
        while not drain.open:
            await asyncio.sleep(0.01)
        drain.begin(0.05)
        new = await client.get("/health")
        told = await waiting

    assert new.status_code == 503
    assert int(new.headers["retry-after"]) > 0
    assert new.json()["error"]["code"] == "draining"
    assert '"code":"draining"' in told.text
    assert drain.open == 0


async def test_the_clients_own_request_id_comes_back(client: httpx2.AsyncClient) -> None:
    mine = await client.get("/health", headers={"x-request-id": "mine-1"})
    another = await client.get("/health")

    assert mine.headers["x-request-id"] == "mine-1"
    assert another.headers["x-request-id"].startswith("req_")


async def test_the_time_limit_does_not_end_the_lifespan() -> None:
    """It wrapped the lifespan too: a traceback 600 s after every start."""
    ended = False

    async def app(*_: object) -> None:
        nonlocal ended
        await asyncio.sleep(0.05)
        ended = True

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    await TimeLimit(app, seconds=0.001)({"type": "lifespan"}, nothing, nothing)
    assert ended
