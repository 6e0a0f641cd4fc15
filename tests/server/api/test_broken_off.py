"""Answers that break off, are refused, or are not waited for."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import openai
import pytest
from fakes.scripted_engine import ScriptedEngine
from prometheus_client.parser import text_string_to_metric_families

from server.chat.chat_model import ChatModel
from server.chat.constrained.grammar import GrammarError
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams

HELLO: Any = [{"role": "user", "content": "hi"}]
# Qwen's end of text and end of turn: no machine is done too soon.
NEVER_END = {"151643": -100, "151645": -100}
LONG = {
    "messages": [{"role": "user", "content": "Write a very long story."}],
    "max_tokens": 4000,
    "logit_bias": NEVER_END,
}

Visit = Callable[..., httpx2.AsyncClient]


def client_of(http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="any", http_client=http, max_retries=0)


@pytest.fixture
def failing(model: Model) -> ChatModel:
    return ChatModel(ScriptedEngine(model, "Once upon", error=RuntimeError("the disk is full")))


async def test_a_stream_that_fails_ends_with_an_error(visit: Visit, failing: ChatModel) -> None:
    text = ""
    with pytest.raises(openai.APIError, match="the disk is full"):
        async for chunk in await client_of(visit(failing)).chat.completions.create(
            model="moly-chat", messages=HELLO, stream=True
        ):
            text += chunk.choices[0].delta.content or ""

    assert text == "Once upon"


async def test_a_response_that_fails_ends_with_an_error_event(visit: Visit, failing: ChatModel) -> None:
    http = visit(failing)
    with pytest.raises(openai.APIError, match="the disk is full"):
        async for _ in await client_of(http).responses.create(model="moly-chat", input="hi", stream=True):
            pass

    raw = await http.post("/v1/responses", json={"input": "hi", "stream": True})
    *_, last = raw.text.strip().split("\n\n")
    assert last.startswith("event: error\ndata: ")
    assert f'"sequence_number":{raw.text.count("event: ") - 1}' in last


async def test_a_form_that_an_answer_outgrows_is_no_mistake_of_the_servers(
    visit: Visit, model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    outgrown = ChatModel(ScriptedEngine(model, "ab", error=GrammarError("its patterns are too complex.")))
    client = visit(outgrown)
    whole = await client.post("/v1/chat/completions", json={"messages": HELLO})
    stream = await client.post("/v1/chat/completions", json={"messages": HELLO, "stream": True})

    assert whole.status_code == 400
    assert '"type":"invalid_request_error"' in stream.text
    assert "its patterns are too complex" in caplog.text
    assert "Traceback" not in caplog.text


async def test_an_answer_that_fails_before_it_was_sent_is_a_500(visit: Visit, failing: ChatModel) -> None:
    answer = await visit(failing).post("/v1/chat/completions", json={"messages": HELLO})

    assert answer.status_code == 500


@pytest.mark.parametrize("stream", [False, True])
async def test_a_full_queue_says_when_to_come_back_and_keeps_no_place(
    visit: Visit, model: Model, stream: bool
) -> None:
    engine = ScriptedEngine(model, "Hello.", places=2)
    asked = {"messages": HELLO, "n": 3, "stream": stream}
    answer = await visit(ChatModel(engine)).post("/v1/chat/completions", json=asked)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"
    gc.collect()
    assert [generation.cancelled for generation in engine.generations] == [True, True]


async def test_an_answer_that_nobody_begins_to_read_gives_its_place_back(model: Model) -> None:
    """A client that had hung up before its stream began kept its place to the end of the answer."""
    engine = ScriptedEngine(model, "Hello.")
    chat = ChatModel(engine)
    answer = chat.answer(chat.plan(HELLO, SamplingParams(), stop=[]))
    assert not engine.generations[0].cancelled

    del answer
    assert engine.generations[0].cancelled


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("chat/completions", {"messages": [{"role": "user", "content": "word " * 5000}]}, "messages"),
        ("completions", {"prompt": "word " * 5000}, "prompt"),
        ("responses", {"input": "word " * 5000, "stream": True}, "input"),
    ],
)
async def test_a_prompt_that_is_too_long_is_refused_by_its_field(
    visit: Visit, chat: ChatModel, path: str, body: dict[str, Any], param: str
) -> None:
    answer = await visit(chat).post(f"/v1/{path}", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"
    assert answer.json()["error"]["param"] == param


async def figures(client: httpx2.AsyncClient) -> tuple[float, float]:
    """How many requests are under way, and how many have been given up so far."""
    metrics = (await client.get("/metrics")).text
    samples = [each for family in text_string_to_metric_families(metrics) for each in family.samples]
    under_way = sum(each.value for each in samples if each.name in ("moly_running", "moly_waiting"))
    ended = [each for each in samples if each.name == "moly_requests_total"]
    return under_way, sum(each.value for each in ended if each.labels["reason"] == "cancelled")


@pytest.fixture
async def real(server_address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://{server_address}", timeout=60) as client:
        yield client


async def given_up(client: httpx2.AsyncClient) -> float:
    """How many requests have been, once none is under way."""
    async with asyncio.timeout(60):
        while True:
            under_way, gone = await figures(client)
            if not under_way:
                return gone
            await asyncio.sleep(0.05)


async def test_whoever_hangs_up_in_the_middle_of_a_stream_frees_the_places(
    real: httpx2.AsyncClient,
) -> None:
    before = await given_up(real)
    async with real.stream("POST", "/v1/chat/completions", json=LONG | {"stream": True, "n": 2}) as stream:
        lines = stream.aiter_lines()
        for _ in range(12):
            await anext(lines)
        assert (await figures(real))[0] == 2

    assert await given_up(real) == before + 2


async def test_whoever_stops_waiting_for_a_whole_answer_frees_its_place(real: httpx2.AsyncClient) -> None:
    before = await given_up(real)
    waiting = asyncio.create_task(real.post("/v1/chat/completions", json=LONG))
    while not (await figures(real))[0]:
        await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])

    assert await given_up(real) == before + 1
