"""Answers under a schema, on the real model."""

import asyncio
import json

import httpx2
import jsonschema
import openai
import pytest
from openai.types.chat import ChatCompletion
from schemas import HELD, REFUSED, Schema

AT_ONCE = 16
SEEDS = 8
# Where many schemas come at once, the server asks some of them to come again.
RETRIES = 8


def response_format(schema: Schema) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


@pytest.fixture(scope="session")
def answers(base_url: str) -> dict[str, ChatCompletion]:
    """One answer for each schema, several at a time."""

    async def ask_all() -> dict[str, ChatCompletion]:
        places = asyncio.Semaphore(AT_ONCE)
        async with openai.AsyncOpenAI(base_url=base_url, api_key="any", max_retries=RETRIES) as client:

            async def ask(schema: Schema, seed: int = 1) -> ChatCompletion:
                async with places:
                    reply = await client.chat.completions.create(
                        model="moly-chat",
                        messages=[
                            {"role": "user", "content": f"Invent an example for: {json.dumps(schema)[:600]}"}
                        ],
                        response_format=response_format(schema),
                        max_tokens=300,
                        seed=seed,
                    )
                # Where a schema lets an answer go on for ever, such as down a tree, a small model may do just that.
                endless = reply.choices[0].finish_reason == "length" and seed < SEEDS
                return await ask(schema, seed + 1) if endless else reply

            replies = await asyncio.gather(*map(ask, HELD.values()))
            return dict(zip(HELD, replies, strict=True))

    return asyncio.run(ask_all())


@pytest.mark.parametrize("name", HELD)
def test_an_answer_satisfies_its_schema(name: str, answers: dict[str, ChatCompletion]) -> None:
    [choice] = answers[name].choices

    assert choice.finish_reason == "stop"
    jsonschema.validate(
        json.loads(choice.message.content),
        HELD[name],
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_schema_that_cannot_be_enforced_is_refused_by_its_keyword(name: str, client: openai.OpenAI) -> None:
    schema, word = REFUSED[name]

    with pytest.raises(openai.BadRequestError, match=word) as refusal:
        client.chat.completions.create(
            model="moly-chat",
            messages=[{"role": "user", "content": "hello"}],
            response_format=response_format(schema),
        )

    assert refusal.value.param == "response_format"


def test_json_object_is_an_object(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "A user with a name and an age, as JSON."}],
        response_format={"type": "json_object"},
        temperature=0,
        max_tokens=200,
    )

    assert isinstance(json.loads(reply.choices[0].message.content), dict)


def test_json_that_max_tokens_cuts_short_is_reported_as_such(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "A user."}],
        response_format=response_format(HELD["many properties"]),
        max_tokens=7,
    )

    assert reply.choices[0].finish_reason == "length"
    assert reply.usage.completion_tokens == 7


def steps(base_url: str) -> float:
    """How often the engine has decoded."""
    metrics = httpx2.get(f"{base_url.removesuffix('/v1')}/metrics", timeout=60).text
    return float(metrics.partition("moly_step_seconds_count ")[2].split()[0])


def test_what_leaves_no_choice_is_not_decoded_token_by_token(client: openai.OpenAI, base_url: str) -> None:
    before = steps(base_url)
    reply = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "Twenty digits."}],
        response_format=response_format(HELD["many properties"]),
    )
    decoded = steps(base_url) - before

    # One digit a property is the model's; the names between them are many tokens more.
    digits = len(HELD["many properties"]["properties"])
    assert reply.usage.completion_tokens > 4 * digits
    assert decoded < 2 * digits


def test_a_streamed_answer_adds_up_to_the_same_json(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "A point."}],
        response_format=response_format(HELD["one after another"]),
        stream=True,
    )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    jsonschema.validate(json.loads(text), HELD["one after another"])
