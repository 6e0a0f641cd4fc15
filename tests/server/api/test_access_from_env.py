"""Who may ask, and for how long, as `.env` says it."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine

from server.chat.chat_model import ChatModel
from server.engine.generation import Generation
from server.engine.llama.model import Model
from server.settings import Access, Settings

HELLO = {"messages": [{"role": "user", "content": "hi"}]}
PAGES = ("http://localhost:3000", "https://team.example")

Visit = Callable[..., httpx2.AsyncClient]


class SilentEngine(ScriptedEngine):
    """Takes every prompt, and never says a word."""

    def submit(self, prompt: list[int], *rest: object, **options: object) -> Generation:  # type: ignore[override]
        self.generations.append(Generation(len(prompt), wake=lambda: None))
        return self.generations[-1]


@pytest.fixture
def access(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Access]:
    def read(**environment: str) -> Access:
        for name in ("MOLY_API_KEY", "MOLY_CORS_ORIGINS", "MOLY_REQUEST_SECONDS"):
            monkeypatch.setenv(name, environment.get(name, ""))
        return Settings.from_env().access

    return read


async def test_pages_of_cors_origins_may_call_and_others_may_not(
    visit: Visit, chat: ChatModel, access: Callable[..., Access]
) -> None:
    client = visit(chat, access(MOLY_CORS_ORIGINS=" http://localhost:3000 , https://team.example,"))

    allowed = [
        (await client.get("/v1/models", headers={"origin": page})).headers.get("access-control-allow-origin")
        for page in (*PAGES, "http://localhost:4000")
    ]

    assert allowed == [*PAGES, None]


async def test_without_cors_origins_no_page_may(
    visit: Visit, chat: ChatModel, access: Callable[..., Access]
) -> None:
    client = visit(chat, access())

    answer = await client.get("/v1/models", headers={"origin": PAGES[0]})
    assert "access-control-allow-origin" not in answer.headers


async def test_each_of_several_keys_opens_the_door(
    visit: Visit, chat: ChatModel, access: Callable[..., Access]
) -> None:
    client = visit(chat, access(MOLY_API_KEY="sk-one, sk-two"))

    codes = [
        (await client.get("/v1/models", headers={"authorization": f"Bearer {key}"})).status_code
        for key in ("sk-one", "sk-two", "sk-three", "sk-one, sk-two")
    ]
    assert codes == [200, 200, 401, 401]


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_takes_longer_than_request_seconds_is_broken_off(
    visit: Visit, model: Model, access: Callable[..., Access], stream: bool
) -> None:
    engine = SilentEngine(model, "")
    client = visit(ChatModel(engine), access(MOLY_REQUEST_SECONDS="3"))

    asked = client.post("/v1/chat/completions", json=HELLO | {"stream": stream})
    answer = await asyncio.wait_for(asked, 60)

    assert answer.status_code == (200 if stream else 504)
    assert "MOLY_REQUEST_SECONDS=3" in answer.text
    assert all(generation.cancelled for generation in engine.generations)


def test_an_answer_has_ten_minutes_unless_said_otherwise(access: Callable[..., Access]) -> None:
    assert access().request_seconds == 600
    assert access(MOLY_REQUEST_SECONDS="5").request_seconds == 5
