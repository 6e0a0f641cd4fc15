"""What a page in a browser can and cannot do."""

from collections.abc import Callable

import httpx2
import pytest

from server.chat.chat_model import ChatModel
from server.settings import Access

Visit = Callable[..., httpx2.AsyncClient]
# Of which some readers take one half for the host, and others the other.
NO_HOSTS = [
    "evil.example@localhost",
    "evil.example\\@localhost",
    "127.0.0.1:8080:1",
    "[fe80::1%25evil.example]",
    "localhost/evil.example",
    "localhost..",
]
HELLO = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}


async def status(client: httpx2.AsyncClient, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await client.post("/v1/chat/completions", json=HELLO, headers=named)).status_code


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[", "a@b", *NO_HOSTS]
)
async def test_a_rebound_name_is_refused(visit: Visit, chat: ChatModel, host: str) -> None:
    """`Host: evil.example` was answered: DNS rebinding could read the answer."""
    answer = await visit(chat).get("/v1/models", headers={"host": host})

    assert answer.status_code == 403
    assert "MOLY_ALLOWED_HOSTS" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "host", ["localhost:1", "localhost:", "LOCALHOST", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"]
)
async def test_names_of_this_machine_are_answered(visit: Visit, chat: ChatModel, host: str) -> None:
    assert (await visit(chat).get("/v1/models", headers={"host": host})).status_code == 200


async def test_more_names_can_be_allowed(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat, Access(allowed_hosts=("box.lan",)))

    assert (await client.get("/v1/models", headers={"host": "box.lan:8080"})).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:5173"])
async def test_a_foreign_page_gets_nothing_computed(
    visit: Visit, chat: ChatModel, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A cross-site text/plain POST, which a browser sends without asking, was computed."""
    client = visit(chat)

    assert await status(client, origin=origin, content_type="text/plain") == 403
    assert "MOLY_CORS_ORIGINS" in caplog.text


@pytest.mark.parametrize("page", ["http://127.0.0.1:5173", "http://localhost:3000", "http://[::1]"])
async def test_one_word_allows_the_pages_of_this_machine(visit: Visit, chat: ChatModel, page: str) -> None:
    client = visit(chat, Access(cors_origins=("localhost",)))
    asked = {
        "origin": page,
        "access-control-request-method": "POST",
        "access-control-request-private-network": "true",
    }
    answer = await client.options("/v1/chat/completions", headers=asked)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == page
    assert await status(client, origin=page) == 200
    assert await status(client, origin="http://localhost.evil.example") == 403


async def test_a_program_and_the_servers_own_page_are_no_foreigners(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat)

    assert await status(client) == 200
    assert await status(client, host="localhost:8080", origin="http://localhost:8080") == 200
    assert await status(client, sec_fetch_site="cross-site") == 403
    assert await status(client, host="localhost:8080", origin="x://localhost:8080") == 403
