"""The Responses API, whole and streamed."""

import json
from typing import Any

import jsonschema
import openai
import pytest
from openai.types.responses import Response
from pydantic import BaseModel

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Current weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def respond(client: openai.OpenAI, **fields: Any) -> Any:
    return client.responses.create(
        **{"model": "moly-chat", "temperature": 0, "max_output_tokens": 60, **fields}
    )


def test_a_response_has_its_text(client: openai.OpenAI) -> None:
    response = respond(
        client, input="Who was Einstein? One short sentence.", instructions="Answer in English."
    )

    assert response.status == "completed"
    assert "Einstein" in response.output_text
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    Response.model_validate(response.model_dump(), strict=True)


def test_a_conversation_goes_on_from_the_previous_response(client: openai.OpenAI) -> None:
    first = respond(client, input="My name is Zebediah. Say hello.")
    second = respond(client, input="What is my name?", previous_response_id=first.id)

    assert "Zebediah" in second.output_text
    with pytest.raises(
        openai.BadRequestError, match="Previous response with id 'resp_nowhere' not found"
    ) as refusal:
        respond(client, input="hi", previous_response_id="resp_nowhere")
    assert refusal.value.param == "previous_response_id"
    assert refusal.value.code == "previous_response_not_found"


def test_a_response_that_is_not_to_be_stored_is_not(client: openai.OpenAI) -> None:
    first = respond(client, input="hi", store=False, max_output_tokens=2)

    with pytest.raises(openai.BadRequestError):
        respond(client, input="hi", previous_response_id=first.id)


def test_a_function_is_called_and_its_output_comes_back(client: openai.OpenAI) -> None:
    first = respond(client, input="What is the weather in Oslo?", tools=[WEATHER])
    call = next(item for item in first.output if item.type == "function_call")
    assert json.loads(call.arguments) == {"city": "Oslo"}

    output: Any = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "minus 17 degrees, snow"}
    ]
    second = respond(client, input=output, previous_response_id=first.id, tools=[WEATHER], tool_choice="none")
    assert "17" in second.output_text or "snow" in second.output_text


def test_events_come_in_openais_order(client: openai.OpenAI) -> None:
    events = list(respond(client, input="Say hello.", stream=True, max_output_tokens=8))

    kinds = list(dict.fromkeys(event.type for event in events))
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        kinds[-1],
    ]
    assert kinds[-1] in ("response.completed", "response.incomplete")
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deltas == events[-1].response.output_text


def test_a_streamed_call_tells_its_arguments_in_pieces(client: openai.OpenAI) -> None:
    events = list(respond(client, input="What is the weather in Oslo?", tools=[WEATHER], stream=True))

    added = next(event.item for event in events if event.type == "response.output_item.added")
    done = next(event for event in events if event.type == "response.function_call_arguments.done")
    pieces = [
        event.delta
        for event in events
        if event.type == "response.function_call_arguments.delta" and event.item_id == added.id
    ]
    assert (added.type, added.name) == ("function_call", "get_weather")
    assert "".join(pieces) == done.arguments


def test_the_clients_stream_helper_understands_the_events(client: openai.OpenAI) -> None:
    with client.responses.stream(model="moly-chat", input="Say hello.", max_output_tokens=64) as stream:
        stream.until_done()
        final = stream.get_final_response()

    assert final.output_text


def test_text_keeps_a_format(client: openai.OpenAI) -> None:
    class Person(BaseModel):
        name: str
        age: int

    parsed = client.responses.parse(
        model="moly-chat", input="Invent a person.", text_format=Person, temperature=0, max_output_tokens=100
    )
    assert parsed.output_parsed.age >= 0

    schema = {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"]}
    form: Any = {"format": {"type": "json_schema", "name": "n", "schema": schema}}
    jsonschema.validate(json.loads(respond(client, input="One or two?", text=form).output_text), schema)


def test_a_cut_response_says_why(client: openai.OpenAI) -> None:
    response = respond(client, input="Tell me a long story.", max_output_tokens=5)

    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
