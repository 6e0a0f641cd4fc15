"""What goes into the Responses API, and what is kept of it."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

Visit = Callable[..., httpx2.AsyncClient]

CALL = {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
TOOLS = [{"type": "function", "name": name} for name in ("f", "g")]


async def test_items_become_the_conversation_that_they_tell(visit: Visit, model: Model) -> None:
    engine = ScriptedEngine(model, "Done.")
    items: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "input_text", "text": "Do f."}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        CALL,
        {"type": "function_call_output", "call_id": "1", "output": "f is done"},
    ]
    await visit(ChatModel(engine)).post("/v1/responses", json={"input": items, "instructions": "Be kind."})

    [prompt] = engine.prompts
    told = ["Be kind.", "Do f.", '"name": "f"', "f is done"]
    assert sorted(told, key=prompt.index) == told


async def test_a_response_without_any_output_adds_nothing(visit: Visit, model: Model) -> None:
    """The next turn began with an empty message of the user."""
    engine = ScriptedEngine(model, "")
    client = visit(ChatModel(engine))
    first = (await client.post("/v1/responses", json={"input": "one"})).json()
    await client.post("/v1/responses", json={"input": "two", "previous_response_id": first["id"]})

    assert first["output"] == []
    assert engine.prompts[1].count("<|im_start|>user") == 2


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input"),
        ({"input": [{"type": "web_search_call", "id": "1"}]}, "input.0"),
        ({"input": [5]}, "input.0"),
        ({"max_tokens": 5}, "max_tokens"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"input": [{"role": "user"}]}, "input.0.content"),
        ({"input": [{**CALL, "arguments": {}}]}, "input.0.arguments"),
        ({"input": []}, "input"),
        ({"input": [{"type": "reasoning", "summary": []}], "tools": TOOLS}, "input"),
        ({"text": {"format": {"type": "json_schema", "strict": True, "schema": {"not": {}}}}}, "text.format"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"tools": TOOLS + TOOLS}, "tools"),
        ({"max_output_tokens": "5"}, "max_output_tokens"),
        ({"background": True}, "background"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_its_field(
    visit: Visit, chat: ChatModel, fields: dict[str, Any], param: str
) -> None:
    answer = await visit(chat).post("/v1/responses", json={"input": "hi", **fields})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_allowed_tools_narrow_the_choice(visit: Visit, chat: ChatModel) -> None:
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [TOOLS[1]]}
    asked = {"input": "hi", "tools": TOOLS, "tool_choice": allowed}
    answer = (await visit(chat).post("/v1/responses", json=asked)).json()

    assert {item["name"] for item in answer["output"]} == {"g"}
    assert answer["tool_choice"] == allowed


@pytest.mark.parametrize(
    ("script", "fields", "kinds"),
    [
        ("It is 42.", {}, ["message"]),
        ("It is 42.", {"max_output_tokens": 2}, ["message"]),
        ("<think>Hm.</think>It is 42.", {}, ["reasoning", "message"]),
        ("f", {"tools": TOOLS, "tool_choice": {"type": "function", "name": "f"}}, ["function_call"]),
        ("{}", {"text": {"format": {"type": "json_object"}}}, ["message"]),
    ],
)
async def test_every_event_is_one_of_openais(
    visit: Visit, model: Model, script: str, fields: dict[str, Any], kinds: list[str]
) -> None:
    client = visit(ChatModel(ScriptedEngine(model, script)))
    raw = (await client.post("/v1/responses", json={"input": "hi", "stream": True, **fields})).text

    events = [
        json.loads(line.removeprefix("data: ")) for line in raw.splitlines() if line.startswith("data: ")
    ]
    for event in events:
        EVENT.validate_python(event, strict=True)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [item["type"] for item in events[-1]["response"]["output"]] == kinds
    assert events[-1]["type"] == (
        "response.incomplete" if "max_output_tokens" in fields else "response.completed"
    )


async def test_errors_name_no_types_of_ours(visit: Visit, chat: ChatModel) -> None:
    """They spoke of <lambda>() and tagged-union[…]."""
    client = visit(chat)
    for asked in (
        {"input": [{"type": "x"}]},
        {"input": [5]},
        {"input": "a", "text": 5},
        {"input": "a", "tools": [5]},
    ):
        message = (await client.post("/v1/responses", json=asked)).json()["error"]["message"]
        assert not re.search(r"lambda|union|instance|discriminator", message), message
