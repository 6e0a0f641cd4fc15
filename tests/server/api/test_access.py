"""Who may come in, and what every answer carries."""

from collections.abc import Callable

import httpx2
import pytest

from server.chat.chat_model import ChatModel
from server.settings import Access

HELLO = {"messages": [{"role": "user", "content": "hi"}]}
KEY = {"authorization": "Bearer sk-one"}
PAGE = "http://localhost:3000"

Visit = Callable[..., httpx2.AsyncClient]


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/docs",
        "/openapi.json",
        "/v1/models",
        "/v1/models/moly-chat",
        "/v1/nothing",
        "/health/",
    ],
)
async def test_with_keys_every_route_but_health_and_the_pages_shell_wants_one(
    visit: Visit, chat: ChatModel, path: str
) -> None:
    client = visit(chat, Access(api_keys=("sk-one",)))

    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=KEY)).status_code in (200, 307, 404)
    assert (await client.get("/health")).status_code == 200


async def test_a_key_may_have_any_characters(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat, Access(api_keys=("密钥",)))
    header = {b"authorization": "Bearer 密钥".encode()}

    assert (await client.get("/v1/models", headers=header)).status_code == 200


def preflight(client: httpx2.AsyncClient, page: str) -> httpx2.Response:
    headers = {
        "origin": page,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    return client.options("/v1/chat/completions", headers=headers)


@pytest.mark.parametrize("keys", [(), ("sk-one",)])
async def test_a_page_that_is_named_may_call_from_a_browser(
    visit: Visit, chat: ChatModel, keys: tuple[str, ...]
) -> None:
    """A browser sends no key with the question whether it may."""
    client = visit(chat, Access(api_keys=keys, cors_origins=(PAGE,)))

    asked = await preflight(client, PAGE)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert "authorization" in asked.headers["access-control-allow-headers"]

    answer = await client.post("/v1/chat/completions", json=HELLO, headers={"origin": PAGE, **KEY})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


async def test_a_page_can_read_that_its_key_is_wrong(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat, Access(api_keys=("sk-one",), cors_origins=(PAGE,)))

    refused = await client.post("/v1/chat/completions", json=HELLO, headers={"origin": PAGE})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origins", [(), ("http://localhost:4000",)])
async def test_no_other_page_may(visit: Visit, chat: ChatModel, origins: tuple[str, ...]) -> None:
    client = visit(chat, Access(cors_origins=origins))

    asked = await preflight(client, PAGE)
    assert asked.status_code == 403
    assert "access-control-allow-origin" not in asked.headers
    answer = await client.post("/v1/chat/completions", json=HELLO, headers={"origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_mistake_of_ours_is_a_500_with_a_request_id(
    visit: Visit, chat: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starlette closed the connection after it, and the next request on it failed."""
    monkeypatch.setattr(chat, "plan", lambda *_, **__: 1 / 0)

    answer = await visit(chat).post("/v1/chat/completions", json=HELLO, headers={"x-request-id": "mine"})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.headers["x-request-id"] == "mine"


async def test_a_body_that_is_too_long_is_refused_by_the_whole_app(visit: Visit, chat: ChatModel) -> None:
    answer = await visit(chat).post("/v1/chat/completions", content=b" " * (32 * 1024 * 1024 + 1))

    assert answer.status_code == 413
    assert "33,554,432 bytes" in answer.json()["error"]["message"]
