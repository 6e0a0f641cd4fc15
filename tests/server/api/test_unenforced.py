"""Schemas that nothing can hold an answer to, over HTTP."""

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

Visit = Callable[[ChatModel], httpx2.AsyncClient]

HELLO = [{"role": "user", "content": "hello"}]
SAVE = {
    "name": "save",
    "parameters": {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}, "minItems": 2}
        },
        "required": ["tags"],
    },
}
REQUIRED = {"messages": HELLO, "tool_choice": "required", "parallel_tool_calls": False}


def tool(**function: Any) -> dict[str, Any]:
    return {"type": "function", "function": function}


async def test_a_tool_with_a_keyword_that_cannot_be_held_is_called_and_the_keyword_named(
    visit: Visit, chat: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Every tool with a set[str] was a 400 for the whole request."""
    with caplog.at_level(logging.WARNING, "server"):
        answer = await visit(chat).post("/v1/chat/completions", json={**REQUIRED, "tools": [tool(**SAVE)]})

    assert answer.status_code == 200
    assert answer.headers["x-unenforced"] == "save.tags.uniqueItems"
    [call] = answer.json()["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "save"
    assert json.loads(call["function"]["arguments"])["tags"][:2] == ["a", "a"]


async def test_a_call_that_fails_what_could_not_be_held_is_in_the_log(
    visit: Visit, model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    chat = ChatModel(
        ScriptedEngine(
            model, '<tool_call>\n{"name": "save", "arguments": {"tags": ["a", "a"]}}\n</tool_call>'
        )
    )
    with caplog.at_level(logging.WARNING, "server"):
        await visit(chat).post("/v1/chat/completions", json={**REQUIRED, "tools": [tool(**SAVE)]})

    assert "save does not satisfy its schema: 'tags.uniqueItems'" in caplog.text


async def test_a_stream_and_a_response_name_it_too(visit: Visit, chat: ChatModel) -> None:
    client = visit(chat)
    stream = await client.post(
        "/v1/chat/completions", json={**REQUIRED, "tools": [tool(**SAVE)], "stream": True}
    )
    response = await client.post(
        "/v1/responses", json={"input": "hi", "tools": [{"type": "function", **SAVE}]}
    )

    assert stream.headers["x-unenforced"] == response.headers["x-unenforced"] == "save.tags.uniqueItems"


async def test_only_strict_refuses_by_the_tool_and_the_keyword(visit: Visit, chat: ChatModel) -> None:
    asked = {**REQUIRED, "tools": [tool(**SAVE, strict=True)]}
    answer = await visit(chat).post("/v1/chat/completions", json=asked)

    assert answer.status_code == 400
    assert "'save'" in answer.json()["error"]["message"]
    assert "tags.uniqueItems" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object"},
        {"type": "object", "properties": None},
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "title": "none"},
        {},
        None,
    ],
)
async def test_a_tool_that_names_no_arguments_is_called_without(
    visit: Visit, chat: ChatModel, parameters: Any
) -> None:
    """A half-billion-parameter model passed {"type": "object"} to it."""
    asked = {**REQUIRED, "tools": [tool(name="now", parameters=parameters)]}
    [choice] = (await visit(chat).post("/v1/chat/completions", json=asked)).json()["choices"]

    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_json_object_takes_a_schema(visit: Visit, chat: ChatModel) -> None:
    form = {"type": "json_object", "schema": {"properties": {"a": {"const": 1}}, "required": ["a"]}}
    [choice] = (
        await visit(chat).post("/v1/chat/completions", json={"messages": HELLO, "response_format": form})
    ).json()["choices"]

    assert json.loads(choice["message"]["content"]) == {"a": 1}


async def test_json_schema_without_a_schema_is_refused(visit: Visit, chat: ChatModel) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "n"}}
    answer = await visit(chat).post("/v1/chat/completions", json={"messages": HELLO, "response_format": form})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "response_format.json_schema.schema"


@pytest.mark.parametrize("asked", [{"messages": HELLO}, {"prompt": "hi"}, {"prompt": ["hi", "ho"]}])
async def test_each_of_several_answers_has_a_seed_of_its_own(
    visit: Visit, model: Model, asked: dict[str, Any]
) -> None:
    """A seed with n repeated one answer n times."""
    engine = ScriptedEngine(model, "hello")
    path = "/v1/chat/completions" if "messages" in asked else "/v1/completions"
    await visit(ChatModel(engine)).post(path, json={**asked, "n": 3, "seed": 7})

    assert {params.seed for params in engine.params} == {7, 8, 9}
