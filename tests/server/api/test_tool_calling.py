"""Tool calls over HTTP, on the real model."""

import json
from typing import Any

import httpx2
import jsonschema
import openai
import pytest

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
            },
            "required": ["city"],
        },
    },
}
MAIL: Any = {
    "type": "function",
    "function": {
        "name": "send_mail",
        "description": "Send an e-mail",
        "parameters": {
            "type": "object",
            "properties": {"to": {"type": "string"}, "subject": {"type": "string", "maxLength": 40}},
            "required": ["to", "subject"],
        },
    },
}
TOOLS = [WEATHER, MAIL]


def ask(client: openai.OpenAI, text: str, **options: Any) -> Any:
    return client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": text}],
        temperature=0,
        max_tokens=200,
        **options,
    )


def assert_valid(call: Any) -> dict[str, Any]:
    """The arguments, which fit the schema of the declared tool that the call names."""
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
    arguments = json.loads(call.function.arguments)
    jsonschema.validate(arguments, schemas[call.function.name])
    return arguments


def test_a_call_arrives_as_a_call(client: openai.OpenAI) -> None:
    """Qwen2.5-Coder writes it as a fenced block of JSON, which other servers pass on as text."""
    [choice] = ask(client, "What is the weather in Oslo?", tools=TOOLS).choices

    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    call = choice.message.tool_calls[0]
    assert call.type == "function" and call.id
    assert call.function.name == "get_weather"
    assert assert_valid(call)["city"] == "Oslo"


def test_a_stream_tells_a_call_as_openai_does(client: openai.OpenAI) -> None:
    deltas, finish = [], None
    for chunk in ask(client, "What is the weather in Oslo?", tools=TOOLS, stream=True):
        finish = chunk.choices[0].finish_reason or finish
        deltas += chunk.choices[0].delta.tool_calls or []
        assert not chunk.choices[0].delta.content

    assert finish == "tool_calls"
    first, *rest = [delta for delta in deltas if delta.index == 0]
    assert (first.id is not None, first.type, first.function.name) == (True, "function", "get_weather")
    assert all(delta.id is None and delta.type is None and delta.function.name is None for delta in rest)
    assert len(rest) > 1
    assert json.loads("".join(delta.function.arguments for delta in [first, *rest]))["city"] == "Oslo"


def test_a_request_that_no_tool_is_for_is_answered_in_words(client: openai.OpenAI) -> None:
    [choice] = ask(client, "Write one sentence about the history of painting.", tools=TOOLS).choices

    assert choice.finish_reason in ("stop", "length")
    assert choice.message.tool_calls is None
    assert choice.message.content


def test_required_calls_even_then(client: openai.OpenAI) -> None:
    [choice] = ask(client, "Hello!", tools=TOOLS, tool_choice="required").choices

    assert choice.finish_reason == "tool_calls"
    assert_valid(choice.message.tool_calls[0])


def test_a_named_tool_is_the_one_that_is_called(client: openai.OpenAI) -> None:
    named: Any = {"type": "function", "function": {"name": "send_mail"}}
    [choice] = ask(client, "What is the weather in Oslo?", tools=TOOLS, tool_choice=named).choices

    [call] = choice.message.tool_calls
    assert call.function.name == "send_mail"
    assert_valid(call)


def test_allowed_tools_narrow_the_choice(client: openai.OpenAI) -> None:
    allowed: Any = {
        "type": "allowed_tools",
        "allowed_tools": {
            "mode": "required",
            "tools": [{"type": "function", "function": {"name": "send_mail"}}],
        },
    }
    [choice] = ask(client, "What is the weather in Oslo?", tools=TOOLS, tool_choice=allowed).choices

    assert {call.function.name for call in choice.message.tool_calls} == {"send_mail"}


def test_none_means_none(client: openai.OpenAI) -> None:
    [choice] = ask(client, "What is the weather in Oslo?", tools=TOOLS, tool_choice="none").choices

    assert choice.message.tool_calls is None


def test_without_parallel_calls_there_is_one(client: openai.OpenAI) -> None:
    text = "What is the weather in Oslo, and what is it in Rome?"
    [choice] = ask(client, text, tools=TOOLS, parallel_tool_calls=False, tool_choice="required").choices

    assert len(choice.message.tool_calls) == 1


def test_one_request_can_make_two_calls(client: openai.OpenAI) -> None:
    """The first as the model writes calls by itself, the second as it has been told to."""
    text = "Get the weather in Oslo for 2 days, and the weather in Rome for 3 days."
    [choice] = ask(client, text, tools=[WEATHER]).choices

    first, second = map(assert_valid, choice.message.tool_calls)
    assert (first, second) == ({"city": "Oslo", "days": 2}, {"city": "Rome", "days": 3})


@pytest.mark.parametrize("choose", ["auto", "none"])
def test_a_result_comes_back_and_the_call_is_not_made_again(client: openai.OpenAI, choose: Any) -> None:
    """Left to itself, the model makes the same call again and again."""
    question: Any = {"role": "user", "content": "What is the weather in Oslo?"}
    [choice] = ask(client, question["content"], tools=TOOLS, parallel_tool_calls=False).choices
    result: Any = {
        "role": "tool",
        "tool_call_id": choice.message.tool_calls[0].id,
        "content": "Oslo: minus 17 degrees, snow",
    }
    reply = client.chat.completions.create(
        model="moly-chat",
        messages=[question, choice.message, result],
        tools=TOOLS,
        tool_choice=choose,
        temperature=0,
        max_tokens=100,
    )

    assert reply.choices[0].message.tool_calls is None
    assert reply.choices[0].message.content


def test_a_call_that_max_tokens_cuts_short_is_reported_as_such(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "Write a mail to ann@example.com about lunch"}],
        tools=[MAIL],
        tool_choice="required",
        max_tokens=14,
    )

    assert reply.choices[0].finish_reason == "length"


def test_tools_and_a_response_format_go_together(client: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "maxLength": 12}},
        "required": ["word"],
    }
    form: Any = {"type": "json_schema", "json_schema": {"name": "w", "schema": schema}}
    [choice] = ask(client, "Name a colour.", tools=TOOLS, response_format=form).choices

    if choice.message.tool_calls:
        assert_valid(choice.message.tool_calls[0])
    else:
        jsonschema.validate(json.loads(choice.message.content), schema)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        ({"tools": [{"type": "function", "function": {"name": "not a name"}}]}, "tools.0.function.name"),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "fly"}}}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": "f",
                            "strict": True,
                            "parameters": {"properties": {"a": {"not": {"type": "null"}}}},
                        },
                    }
                ]
            },
            "tools",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(base_url: str, fields: dict[str, Any], param: str) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}], **fields}
    response = httpx2.post(f"{base_url}/chat/completions", json=body, timeout=60)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
