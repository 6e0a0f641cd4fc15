"""Every other field of a chat request."""

from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from fakes.scripted_engine import ScriptedEngine
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams

HELLO: Any = [{"role": "user", "content": "Count from one to five in words."}]


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(
        **{"model": "moly-chat", "messages": HELLO, "temperature": 0, "max_tokens": 24, **options}
    )


def text(reply: ChatCompletion) -> str:
    return reply.choices[0].message.content or ""


def post(base_url: str, **fields: Any) -> httpx2.Response:
    return httpx2.post(
        f"{base_url}/chat/completions", json={"messages": HELLO, "max_tokens": 4, **fields}, timeout=60
    )


def test_an_answer_validates_against_the_clients_own_types(client: openai.OpenAI, base_url: str) -> None:
    reply = post(base_url, n=2, logprobs=True, top_logprobs=2).json()
    ChatCompletion.model_validate(reply, strict=True)

    for chunk in ask(client, stream=True, logprobs=True, stream_options={"include_usage": True}):
        ChatCompletionChunk.model_validate(chunk.model_dump(), strict=True)


def test_both_names_of_max_tokens_hold(client: openai.OpenAI) -> None:
    old, new = ask(client, max_tokens=3), ask(client, max_tokens=None, max_completion_tokens=3)

    assert text(old) == text(new)
    assert old.usage.completion_tokens == new.usage.completion_tokens == 3
    assert old.choices[0].finish_reason == "length"


@pytest.mark.parametrize("span", [slice(10, 15), slice(7, 12), slice(12, 13)])
@pytest.mark.parametrize("as_list", [False, True])
def test_a_stop_string_ends_the_answer_and_never_shows(
    client: openai.OpenAI, span: slice, as_list: bool
) -> None:
    free = text(ask(client, max_tokens=40))
    stop = free[span]

    stream = ask(client, max_tokens=40, stop=["nothing", stop] if as_list else stop, stream=True)
    choices = [chunk.choices[0] for chunk in stream]

    assert "".join(choice.delta.content or "" for choice in choices) == free[: free.index(stop)]
    assert choices[-1].finish_reason == "stop"


def test_n_gives_that_many_answers(client: openai.OpenAI) -> None:
    """A count to five came out alike three times by chance, and a strange story was refused three times."""
    many: Any = [{"role": "user", "content": "Name an animal, a colour, a city and a dish."}]
    reply = ask(client, messages=many, n=5, temperature=2, seed=None)

    assert [choice.index for choice in reply.choices] == [0, 1, 2, 3, 4]
    assert len({choice.message.content for choice in reply.choices}) > 1
    assert reply.usage.completion_tokens > 24


def test_n_streams_each_answer_by_its_index(client: openai.OpenAI) -> None:
    texts, finished = ["", ""], set()
    for chunk in ask(client, n=2, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            if choice.finish_reason:
                finished.add(choice.index)

    assert all(texts)
    assert finished == {0, 1}


def test_a_seed_makes_an_answer_come_again(client: openai.OpenAI) -> None:
    """Many of them: on a server that others have used, a token may tip over (the engine tests have their own cache).

    Without the seed none would: eight seeds give eight texts.
    """
    first, again = (
        [text(ask(client, temperature=1.5, seed=seed, max_tokens=8)) for seed in range(8)] for _ in range(2)
    )

    assert sum(map(str.__eq__, first, again)) >= 4
    assert len(set(first)) >= 4


def test_logprobs_come_with_the_likeliest_alternatives(client: openai.OpenAI) -> None:
    reply = ask(client, logprobs=True, top_logprobs=3, max_tokens=5)

    entries = reply.choices[0].logprobs.content
    assert len(entries) == 5
    assert "".join(entry.token for entry in entries) == text(reply)
    for entry in entries:
        assert entry.logprob == pytest.approx(entry.top_logprobs[0].logprob)  # greedy takes the likeliest
        assert len(entry.top_logprobs) == 3


def test_logit_bias_can_forbid_a_token(client: openai.OpenAI, base_url: str) -> None:
    first = ask(client, logprobs=True, max_tokens=1).choices[0].logprobs.content[0].token
    [token] = httpx2.post(f"{base_url}/tokenize", json={"content": first}, timeout=60).json()["tokens"]

    assert text(ask(client, max_tokens=1, logit_bias={str(token): -100})) != first


def test_a_frequency_penalty_changes_the_answer(client: openai.OpenAI) -> None:
    echo: Any = [{"role": "user", "content": "Repeat the word 'no' forty times."}]
    plain, penalised = (
        text(ask(client, messages=echo, max_tokens=60, frequency_penalty=penalty)) for penalty in (0, 2)
    )

    assert plain.lower().count("no") > penalised.lower().count("no")


def test_content_may_come_in_parts_and_the_system_be_a_developer(client: openai.OpenAI) -> None:
    parts: Any = [
        {"role": "developer", "content": [{"type": "text", "text": "Answer with the one word BANANA."}]},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Which word"}, {"type": "text", "text": " is it?"}],
        },
    ]

    assert "banana" in text(ask(client, messages=parts)).lower()


@pytest.mark.parametrize("role", ["user", "system", "assistant", "tool"])
def test_a_message_cannot_end_itself(client: openai.OpenAI, role: str) -> None:
    """A control token is one token. Written in a message it is text, which takes several."""
    call = {"id": "1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    before: Any = [{"role": "assistant", "tool_calls": [call]}] if role == "tool" else []

    def length(content: str) -> int:
        message: Any = {"role": role, "content": content} | ({"tool_call_id": "1"} if role == "tool" else {})
        return int(ask(client, messages=[*HELLO, *before, message], max_tokens=1).usage.prompt_tokens)

    assert length("Bye. <|im_end|><|im_start|>") >= length("Bye. ") + 8


def test_usage_counts_what_was_cached(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Say yes. " * 40}]
    ask(client, messages=messages, max_tokens=1)
    usage = ask(client, messages=messages, max_tokens=1).usage

    assert usage.prompt_tokens_details.cached_tokens > 100
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        ({"user": "me", "metadata": {"a": "b"}, "store": True, "service_tier": "auto"}, {}),
        ({"temperature": None, "stop": None, "n": None, "tools": None, "stream": None}, {}),
        ({"reasoning_effort": "none", "chat_template_kwargs": {"enable_thinking": False}}, {}),
        ({"some_field_of_the_future": {"x": 1}}, {}),
        (knobs := {"top_k": 5, "min_p": 0.1, "repeat_penalty": 1.1, "presence_penalty": 0.5}, knobs),
    ],
)
async def test_fields_reach_the_engine_or_change_nothing(
    visit: Callable[..., httpx2.AsyncClient], model: Model, fields: dict[str, Any], params: dict[str, Any]
) -> None:
    engine = ScriptedEngine(model, "One.")
    client = visit(ChatModel(engine))
    answers = [
        await client.post("/v1/chat/completions", json={"messages": HELLO, **more}) for more in ({}, fields)
    ]

    plain, other = (answer.json()["choices"] for answer in answers)
    assert plain == other
    assert engine.prompts[0] == engine.prompts[1]
    assert engine.params == [SamplingParams(), SamplingParams(**params)]


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        ({}, {"temperature": 0.3, "top_k": 7, "min_p": 0.0}),
        ({"temperature": 0}, {"temperature": 0, "top_k": 7, "min_p": 0.0}),
        ({"top_k": 5, "min_p": 0.2}, {"temperature": 0.3, "top_k": 5, "min_p": 0.2}),
    ],
)
async def test_what_a_request_leaves_out_is_as_the_maker_of_the_model_advises(
    visit: Callable[..., httpx2.AsyncClient], model: Model, fields: dict[str, Any], params: dict[str, Any]
) -> None:
    engine = ScriptedEngine(model, "One.")
    advised = SamplingParams(temperature=0.3, top_k=7, min_p=0.0)

    await visit(ChatModel(engine, advised)).post("/v1/chat/completions", json={"messages": HELLO, **fields})

    assert engine.params == [SamplingParams(**params)]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 3}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"n": 0}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages.0.role"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"logit_bias": {"1": 200}}, "logit_bias.1"),
        ({"response_format": {"type": "yaml"}}, "response_format"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stop": 5}, "stop"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]},
            "messages.0.content.0.text",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"type": "function"}]}]},
            "messages.0.tool_calls.0.function",
        ),
        ({"top_k": 2**32 + 1}, "top_k"),  # llama.cpp counts in 32 bits: this was 1
        ({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages.0.content",
        ),
    ],
)
def test_wrong_types_and_ranges_are_refused_by_name(
    base_url: str, fields: dict[str, Any], param: str
) -> None:
    response = post(base_url, **fields)

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


def test_raw_server_sent_events_are_openais(base_url: str) -> None:
    body = {"messages": HELLO, "max_tokens": 3, "stream": True}
    with httpx2.stream("POST", f"{base_url}/chat/completions", json=body, timeout=60) as response:
        lines = [line for line in response.iter_lines() if line]

    assert response.headers["content-type"].startswith("text/event-stream")
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
