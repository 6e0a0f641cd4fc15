"""What is kept of responses, and how a conversation goes on from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine

from kit.problem import Problem
from server.api.responses.store import CAPACITY, ResponseStore
from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

Visit = Callable[..., httpx2.AsyncClient]

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": None}


def response(name: str, text: str = "") -> dict[str, Any]:
    return {"id": name, "output": [{"type": "message", "id": f"msg_{name}", "content": text}]}


@pytest.mark.parametrize("with_type", [True, False])
async def test_an_item_is_referred_to_by_its_id(visit: Visit, model: Model, with_type: bool) -> None:
    """The AI SDK's OpenAI provider sends every earlier answer as an item_reference: each second turn was a 400."""
    engine = ScriptedEngine(model, "The sky is blue.")
    client = visit(ChatModel(engine))
    first = (await client.post("/v1/responses", json={"input": "What is blue?"})).json()

    reference = {"id": first["output"][0]["id"]} | ({"type": "item_reference"} if with_type else {})
    items = [{"role": "user", "content": "What is blue?"}, reference, {"role": "user", "content": "And red?"}]
    second = await client.post("/v1/responses", json={"input": items})

    assert second.status_code == 200
    told = ["What is blue?", "The sky is blue.", "And red?"]
    assert sorted(told, key=engine.prompts[1].index) == told


async def test_an_item_that_is_not_kept_is_a_404_by_name(visit: Visit, chat: ChatModel) -> None:
    answer = await visit(chat).post(
        "/v1/responses", json={"input": [{"type": "item_reference", "id": "msg_0"}]}
    )

    assert answer.status_code == 404
    assert "'msg_0'" in answer.json()["error"]["message"]


async def test_a_response_is_there_until_it_is_deleted(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat)
    first = (await client.post("/v1/responses", json={"input": "hi", "metadata": {"a": "b"}})).json()
    path = f"/v1/responses/{first['id']}"

    assert (await client.get(path)).json() == first
    assert (await client.post(f"{path}/cancel")).json()["error"][
        "message"
    ] == "Cannot cancel a synchronous response."
    assert (await client.delete(path)).json() == {"id": first["id"], "object": "response", "deleted": True}
    for gone in (
        client.get(path),
        client.delete(path),
        client.get(f"{path}/input_items"),
        client.post(f"{path}/cancel"),
    ):
        answer = await gone
        assert answer.status_code == 404
        assert first["id"] in answer.json()["error"]["message"]


async def test_input_items_come_page_by_page(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat)
    items = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    made = (await client.post("/v1/responses", json={"input": items})).json()
    path = f"/v1/responses/{made['id']}/input_items"

    page = (await client.get(path, params={"limit": 2, "order": "asc"})).json()
    rest = (await client.get(path, params={"order": "asc", "after": page["last_id"]})).json()

    assert [item["content"] for item in page["data"] + rest["data"]] == ["one", "two", "three"]
    assert page["has_more"] and not rest["has_more"]
    assert (await client.get(path)).json()["data"][0]["content"] == "three"


async def test_input_tokens_are_those_of_the_prompt(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat)
    asked = {"input": "What is f?", "tools": [TOOL], "instructions": "Be brief."}
    counted = (await client.post("/v1/responses/input_tokens", json=asked)).json()
    made = (await client.post("/v1/responses", json=asked)).json()

    assert counted == {"object": "response.input_tokens", "input_tokens": made["usage"]["input_tokens"]}


async def test_what_was_sent_comes_back_as_it_was_sent(visit: Visit, chat: ChatModel) -> None:
    asked = {
        "tools": [
            TOOL,
            {**TOOL, "name": "g", "strict": True, "parameters": {"type": "object", "properties": {}}},
        ],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {
            "format": {"type": "json_schema", "name": "n", "strict": True, "schema": {"type": "object"}},
            "verbosity": "low",
        },
        "reasoning": {"effort": "low", "summary": "auto"},
        "metadata": {"who": "me"},
        "parallel_tool_calls": False,
        "truncation": "auto",
        "user": "me",
        "temperature": 0.5,
        "top_p": 0.9,
        "instructions": "Be brief.",
        "max_output_tokens": 20,
        "safety_identifier": "s",
        "prompt_cache_key": "k",
    }
    made = (await visit(chat).post("/v1/responses", json={"input": "hi", **asked})).json()

    assert {field: made[field] for field in asked} == asked


async def test_a_conversation_goes_on_after_a_restart(visit: Visit, model: Model, tmp_path: Path) -> None:
    engine = ScriptedEngine(model, "Hello Zebediah.")
    path = tmp_path / "responses.db"
    before, after = (visit(ChatModel(engine), responses=ResponseStore(path)) for _ in range(2))
    first = (await before.post("/v1/responses", json={"input": "I am Zebediah."})).json()

    await after.post("/v1/responses", json={"input": "Who am I?", "previous_response_id": first["id"]})

    assert "I am Zebediah." in engine.prompts[1] and "Hello Zebediah." in engine.prompts[1]


def test_a_store_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="MOLY_RESPONSES_DB"):
        ResponseStore(tmp_path / "nowhere" / "responses.db")


def test_of_many_responses_the_latest_are_kept() -> None:
    store = ResponseStore()
    for number in range(CAPACITY + 1):
        store.put(response(f"resp_{number}"), [], [])

    assert store.response("resp_0") is None and store.item("msg_resp_0") is None
    assert store.response("resp_1") and store.item("msg_resp_1")
    assert store.response(f"resp_{CAPACITY}")


def test_of_long_responses_no_more_are_kept_than_there_is_room_for() -> None:
    store = ResponseStore(bytes_at_most=10_000)
    for name in ("a", "b", "c"):
        store.put(response(name, "x" * 2_000), [], [])

    assert store.response("a") is None
    assert store.response("b") and store.response("c")


def test_a_response_without_room_takes_nobody_elses(caplog: pytest.LogCaptureFixture) -> None:
    """One of 64 MB deleted those of everybody."""
    store = ResponseStore(bytes_at_most=10_000)
    store.put(response("a"), [], [])
    store.put(response("b", "x" * 20_000), [], [])

    assert store.response("a") and store.item("msg_a")
    assert store.response("b") is None
    assert "a response was not kept" in caplog.text


async def test_of_an_item_nothing_is_kept_that_nobody_knows(visit: Visit, chat: ChatModel) -> None:
    """Three megabytes of another field were kept, and written three times for each reference to them."""
    client = visit(chat)
    content = [{"type": "input_text", "text": "hi", "more": "junk"}]
    item = {"role": "user", "content": content, "id": "msg_1", "more": ["junk"]}
    made = (await client.post("/v1/responses", json={"input": [item]})).json()

    kept = (await client.get(f"/v1/responses/{made['id']}/input_items")).json()["data"]

    assert kept == [
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_text", "text": "hi"}],
        }
    ]


async def test_a_conversation_has_as_many_items_as_a_request(visit: Visit, chat: ChatModel) -> None:
    items = [{"type": "reasoning", "summary": []}] * 5_000 + [{"role": "user", "content": "hi"}]
    client = visit(chat)
    first = (await client.post("/v1/responses", json={"input": items})).json()

    again = {"input": items, "previous_response_id": first["id"]}
    answer = await client.post("/v1/responses", json=again)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "previous_response_id"


async def test_on_a_full_disk_a_response_is_not_kept_and_not_lost(
    visit: Visit, chat: ChatModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer was there, and went out as a 500."""
    store = ResponseStore(tmp_path / "responses.db")
    store._database.execute("PRAGMA max_page_count = 10")
    client = visit(chat, responses=store)

    answers = [await client.post("/v1/responses", json={"input": "hi " * 2_000}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "not kept: database or disk is full" in caplog.text
    assert (await client.get(f"/v1/responses/{answers[-1].json()['id']}")).status_code == 404


async def test_an_item_that_is_referred_to_very_often_is_too_much(visit: Visit, chat: ChatModel) -> None:
    """Ten thousand references to one item of a megabyte took all memory, and the event loop for minutes."""
    client = visit(chat)
    message = {"type": "message", "role": "user", "content": "a", "id": "msg_long"}
    await client.post("/v1/responses", json={"input": [message | {"content": "word " * 400}]})

    asked = {"input": [{"type": "item_reference", "id": "msg_long"}] * 9_000}
    answer = await client.post("/v1/responses", json=asked)

    assert answer.status_code == 400
    assert "more than 8,000,000 characters" in answer.json()["error"]["message"]
