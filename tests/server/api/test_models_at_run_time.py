"""Models are loaded, unloaded and put to sleep while the server runs; nobody waits in vain."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import openai
import psutil
import pytest
from description import is_described
from fakes.loader import FakeLoader

from server.api.served import Absent, Served
from server.api.switch import Switch
from server.app import create_app
from server.chat.chat_model import ChatModel
from server.models import ModelFile, resolve
from server.settings import Access

HELLO = {"messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"
SMALL = "qwen2.5-coder-0.5b"


class House:
    """An app, its switch, and a client of it."""

    def __init__(
        self, chat: ChatModel, file: Path, *, api_keys: tuple[str, ...] = (), host: str = "127.0.0.1"
    ) -> None:
        self.loader = FakeLoader(chat)
        self.file = ModelFile(file, SMALL, None)
        served = Served(chat, Absent("none"), None, created=0)
        self.switch = Switch(served, self.loader, {"chat": self.file})  # type: ignore[arg-type]
        app = create_app(served, Access(api_keys), self.switch)
        transport = httpx2.ASGITransport(app, client=(host, 50_000))
        self.http = httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", event_hooks={"response": [is_described]}
        )

    async def load(self, model: str, **fields: Any) -> httpx2.Response:
        return await self.http.post("/v1/models/load", json={"model": model, **fields})


@pytest.fixture
async def house(chat: ChatModel, chat_file: Path) -> AsyncIterator[House]:
    house = House(chat, chat_file)
    async with house.http:
        yield house


@pytest.fixture
def other(tmp_path: Path, chat_file: Path) -> Path:
    """Another file of the small model."""
    path = tmp_path / "other.gguf"
    path.symlink_to(chat_file)
    return path


async def test_a_model_is_loaded_in_the_place_of_another(house: House, other: Path) -> None:
    answer = (await house.load(str(other))).json()

    assert (answer["id"], answer["role"], answer["served_as"]) == ("other", "chat", "moly-chat")
    assert house.loader.loaded == ["unload chat", "other"]
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200
    catalogue = (await house.http.get("/v1/models/catalogue")).json()
    assert catalogue["loaded"]["chat"] == {"id": "other", "file": "other.gguf", "asleep": False}


async def test_who_asks_while_a_model_is_loaded_is_told_when_to_come_again(house: House) -> None:
    house.loader.gate.clear()
    loading = asyncio.create_task(house.load(SMALL))
    while house.loader.loaded != ["unload chat"]:
        await asyncio.sleep(0.01)

    refused = await house.http.post(CHAT, json=HELLO)
    second = await house.load(SMALL)
    names = [model["id"] for model in (await house.http.get("/v1/models")).json()["data"]]
    house.loader.gate.set()

    assert refused.status_code == second.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "being loaded" in refused.json()["error"]["message"]
    assert names == ["moly-chat", "moly-embedding"]
    assert (await loading).status_code == 200
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200


async def test_a_load_goes_on_when_its_client_is_gone(house: House) -> None:
    house.loader.gate.clear()
    loading = asyncio.create_task(house.load(SMALL))
    while house.loader.loaded != ["unload chat"]:
        await asyncio.sleep(0.01)
    loading.cancel()
    house.loader.gate.set()

    async with asyncio.timeout(60):
        while (await house.http.post(CHAT, json=HELLO)).status_code != 200:
            await asyncio.sleep(0.01)


async def test_the_old_model_comes_back_when_the_new_one_cannot_be_loaded(house: House, other: Path) -> None:
    house.loader.broken.add(other)

    refused = await house.load(str(other))

    assert refused.status_code == 400
    assert "the file is broken" in refused.json()["error"]["message"]
    assert house.loader.loaded == ["unload chat", SMALL]
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200


async def test_without_any_model_left_chat_says_how_to_get_one(house: House, other: Path) -> None:
    house.loader.broken |= {other, house.file.path}

    assert (await house.load(str(other))).status_code == 400

    refused = await house.http.post(CHAT, json=HELLO)
    assert refused.status_code == 503
    assert "/v1/models/load" in refused.json()["error"]["message"]


async def test_what_does_not_fit_is_refused_with_figures_before_anything_is_unloaded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: mock.Mock(available=300_000_000, total=1))

    refused = await house.load(SMALL)

    assert refused.status_code == 400
    assert "0.9 GB needed, 0.3 GB free" in refused.json()["error"]["message"]
    assert house.loader.loaded == []
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200


@pytest.mark.parametrize("name", ["moly-chat", SMALL])
async def test_an_unloaded_model_is_named_and_not_served(house: House, name: str) -> None:
    assert (await house.http.post("/v1/models/unload", json={"model": name})).json() == {
        "id": SMALL,
        "role": "chat",
        "object": "model",
        "loaded": False,
    }

    for path, body in [
        (CHAT, HELLO),
        ("/v1/completions", {"prompt": "a"}),
        ("/v1/responses", {"input": "a"}),
    ]:
        refused = await house.http.post(path, json=body)
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "model_not_loaded"
    card = (await house.http.get("/v1/models/moly-chat")).json()
    assert card["id"] == "moly-chat"
    assert "file" not in card
    assert (await house.http.get("/health")).status_code == 200
    assert (await house.load(SMALL)).status_code == 200
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200


@pytest.mark.parametrize("path", [CHAT, "/v1/tokenize"])
async def test_a_sleeping_model_is_loaded_again_by_whoever_needs_it(house: House, path: str) -> None:
    house.loader.idle = 100
    await house.switch.sleep("chat", idle_seconds=60)
    assert house.loader.loaded == ["unload chat"]

    body = HELLO if path == CHAT else {"content": "hi"}
    answers = await asyncio.gather(*(house.http.post(path, json=body) for _ in range(4)))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert house.loader.loaded == ["unload chat", SMALL]


async def test_a_model_that_was_just_used_does_not_go_to_sleep(house: House) -> None:
    house.loader.idle = 10
    await house.switch.sleep("chat", idle_seconds=60)

    assert house.loader.loaded == []


async def test_a_sleeping_model_that_cannot_be_loaded_is_tried_again_later(house: House) -> None:
    await house.switch.sleep("chat", idle_seconds=0)
    house.loader.broken.add(house.file.path)
    refused = await house.http.post(CHAT, json=HELLO)
    house.loader.broken.clear()

    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert (await house.http.post(CHAT, json=HELLO)).status_code == 200


CHANGES = [
    ("POST", "/v1/models/load", {"model": SMALL}),
    ("POST", "/v1/models/unload", {"model": "moly-chat"}),
    ("POST", "/v1/models/download", {"model": SMALL}),
    ("POST", "/v1/models/download/cancel", {"model": SMALL}),
    ("POST", "/v1/models/verify", {"model": SMALL}),
    ("DELETE", f"/v1/models/files/{SMALL}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_models_are_not_changed_from_the_network_without_a_key(
    chat: ChatModel, chat_file: Path, method: str, path: str, body: Any
) -> None:
    house = House(chat, chat_file, host="192.168.1.7")
    async with house.http as http:
        refused = await http.request(method, path, json=body)

    assert refused.status_code == 403
    assert "MOLY_API_KEY" in refused.json()["error"]["message"]
    assert house.loader.loaded == []


@pytest.mark.parametrize(("key", "status"), [("secret", 200), ("wrong", 401)])
async def test_a_key_opens_them_to_the_network(
    chat: ChatModel, chat_file: Path, key: str, status: int
) -> None:
    house = House(chat, chat_file, api_keys=("secret",), host="192.168.1.7")
    house.http.headers["Authorization"] = f"Bearer {key}"
    async with house.http:
        assert (await house.load(SMALL)).status_code == status


async def test_a_foreign_web_page_changes_no_model(house: House) -> None:
    house.http.headers["Origin"] = "https://example.com"

    assert (await house.load(SMALL)).status_code == 403
    assert house.loader.loaded == []


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("qwen3.5-4b", 409, "POST /v1/models/download"),
        ("hf:a/b/c.gguf", 409, "not on the disk"),
        ("nothing", 400, "no model 'nothing' in the catalogue"),
        (__file__, 400, "not a sound GGUF model"),
        ("/nowhere/x.gguf", 400, "no file /nowhere/x.gguf"),
        ("hf:../../x.gguf", 400, "does not name a file on a hub"),
        ("x\0y", 400, "model"),
        ("/" + "y" * 1000, 400, "cannot be a path"),
        ("z" * 5000, 400, "at most 1024"),
        ("", 400, "at least 1"),
    ],
)
async def test_what_cannot_be_loaded_is_said_in_a_line(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, status: int, words: str
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))

    refused = await house.load(name)

    assert refused.status_code == status
    assert words in refused.json()["error"]["message"]
    assert house.loader.loaded == []


async def test_the_role_comes_from_the_model(house: House, embedding_file: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "some.gguf"
    renamed.symlink_to(embedding_file)

    assert (await house.load(str(renamed))).json()["role"] == "embedding"
    assert "not for chat" in (await house.load(str(renamed), role="chat")).json()["error"]["message"]


async def test_the_catalogue_tells_what_fits_and_what_is_recommended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        psutil, "virtual_memory", lambda: mock.Mock(available=1_500_000_000, total=4_000_000_000)
    )

    catalogue = (await house.http.get("/v1/models/catalogue")).json()

    models = {model["id"]: model for model in catalogue["data"]}
    assert not models["qwen2.5-coder-1.5b"]["fits"]
    assert models[SMALL]["fits"]
    assert [name for name, model in models.items() if model["recommended"]] == [
        SMALL,
        "multilingual-e5-small",
    ]
    assert models[SMALL] | {"loaded": True, "on_disk": True, "licence": "Apache-2.0"} == models[SMALL]
    assert catalogue["memory"] == {"available": 1_500_000_000, "total": 4_000_000_000}


async def test_llamaedge_clients_list_models_by_post(house: House) -> None:
    assert (await house.http.post("/v1/models")).json() == (await house.http.get("/v1/models")).json()


@pytest.mark.real
def test_running_answers_are_told_and_the_next_are_given(client: openai.OpenAI, base_url: str) -> None:
    """On the real engine: the stream ends with an error, the model answers again, the memory is not taken twice."""
    model = resolve(SMALL, "chat").path
    began, errors = threading.Event(), []

    def stream() -> None:
        try:
            for _ in client.chat.completions.create(
                model="moly-chat",
                messages=[{"role": "user", "content": "Write a very long story."}],
                stream=True,
                max_tokens=4000,
                logit_bias={"151643": -100, "151645": -100},
            ):
                began.set()
        except openai.APIError as error:
            errors.append(str(error))

    streaming = threading.Thread(target=stream)
    streaming.start()
    assert began.wait(60)

    loaded = httpx2.post(f"{base_url}/models/load", json={"model": str(model)}, timeout=100)

    streaming.join(60)
    assert loaded.json()["loaded"]
    assert len(errors) == 1
    assert "unloaded meanwhile" in errors[0]
    answer = client.chat.completions.create(
        model="moly-chat", messages=[{"role": "user", "content": "Say hi."}], max_tokens=4
    )
    assert answer.choices[0].message.content
