"""What a body may hold is bounded before it is looked through."""

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import TypeAdapter, ValidationError

from server.api.json_text import _pieces, json_text
from server.api.messages.request import MessageRequest
from server.api.responses.route import ResponseRequest
from server.api.routes.chat import ChatRequest
from server.api.routes.completions import CompletionRequest
from server.api.routes.embeddings import EmbeddingRequest
from server.chat.chat_model import ChatModel

Visit = Callable[..., httpx2.AsyncClient]

TEXT = {"type": "text", "text": "a"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MANY = {"name": "f", "arguments": "[" + "[]," * 100_000 + "1]"}
RESULT = {"type": "tool_result", "tool_use_id": "1"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CompletionRequest, {"prompt": [1.5] * 10_000}),
        (EmbeddingRequest, {"input": [1.5] * 10_000}),
        (ChatRequest, {"messages": [1] * 10_000}),
        (ChatRequest, {"messages": [{"role": "user", "content": [1] * 10_000}]}),
        (ChatRequest, {"messages": [{"role": "user"}] * 20_000}),
        (ChatRequest, {"messages": [{"role": "user", "content": [{"type": "text"}] * 2_000}]}),
        (
            ChatRequest,
            {"messages": [{"role": "user"}], "chat_template_kwargs": dict.fromkeys(map(str, range(99)))},
        ),
        (CompletionRequest, {"prompt": ["a"] * 1_000}),
        (CompletionRequest, {"prompt": [[1]] * 1_000}),
        (ResponseRequest, {"input": [{"role": "user", "content": "a"}] * 20_000}),
        (ResponseRequest, {"input": "a", "metadata": {str(i): "" for i in range(99)}}),
        (ResponseRequest, {"input": "a", "tools": [1] * 10_000}),
        (ChatRequest, {"messages": [{"role": "user"}], "logit_bias": {f"x{i}": 1 for i in range(10_000)}}),
    ],
)
def test_errors_are_cut_off(kind: Any, body: dict[str, Any]) -> None:
    """Every entry became several errors: 4 MB of them held the event loop for two minutes."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(body)

    assert refused.value.error_count() < 10


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (ChatRequest, {"messages": [{"role": "user", "content": [TEXT] * 4}] * 3_000}),
        (ChatRequest, {"messages": [{"role": "assistant", "tool_calls": [CALL] * 200}] * 60}),
        (ResponseRequest, {"input": [{"role": "user", "content": [TEXT] * 4}] * 3_000}),
        (
            MessageRequest,
            {"messages": [{"role": "user", "content": [RESULT | {"content": [TEXT] * 9}]}] * 1_200},
        ),
    ],
)
def test_messages_are_counted_with_their_parts(kind: Any, body: dict[str, Any]) -> None:
    """9,000 messages of four parts each held the event loop for 0.3 s."""
    with pytest.raises(
        ValidationError, match="At most 10000 messages, parts and calls together are allowed, not"
    ):
        TypeAdapter(kind).validate_python(body)


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        (
            ChatRequest,
            {"messages": [{"role": "assistant", "tool_calls": [CALL | {"function": MANY}]}]},
            "messages.0.tool_calls.0.function.arguments",
        ),
        (
            ResponseRequest,
            {"input": [{"type": "function_call", "call_id": "1", **MANY}]},
            "arguments",
        ),
    ],
)
def test_json_inside_a_text_is_counted_as_it_is_read(kind: Any, body: dict[str, Any], place: str) -> None:
    """Brackets spelt as \\u005b passed who counted those of the body."""
    with pytest.raises(ValidationError, match="At most 200,000 commas and brackets are allowed") as refused:
        TypeAdapter(kind).validate_python(body)

    places = [".".join(map(str, error["loc"])) for error in refused.value.errors()]
    assert any(each.endswith(place) for each in places)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metadata", {"a": "x" * 513}),
        ("metadata", {"x" * 65: "a"}),
        ("user", "x" * 10_000),
        ("truncation", {"a": 1}),
        ("text", {"verbosity": "x" * 10_000}),
        ("text", {"format": {"type": "x" * 10_000}}),
        ("reasoning", {"effort": "low", "summary": "x" * 10_000}),
        ("input", [{"role": "user", "content": [{"type": "x" * 10_000}]}]),
        ("input", [{"type": "x" * 10_000}]),
        ("tool_choice", {"type": "function", "name": "x" * 10_000}),
        ("previous_response_id", "x" * 10_000),
    ],
)
async def test_what_a_response_tells_again_is_short(
    visit: Visit, chat: ChatModel, field: str, value: Any
) -> None:
    """30 MB of metadata were written three times into a stream, on the event loop."""
    answer = await visit(chat).post("/v1/responses", json={"input": "hi", field: value})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(field)
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("name", [10**30, "\ud800", [1], "x" * 600])
@pytest.mark.parametrize("stream", [False, True])
async def test_an_id_that_cannot_be_kept_is_refused_before_anything_is_computed(
    visit: Visit, chat: ChatModel, name: Any, stream: bool
) -> None:
    """An id of thirty digits was a 500 once the answer was there."""
    item = {"role": "user", "content": "hi", "id": name}
    raw = json.dumps({"input": [item], "stream": stream})
    answer = await visit(chat).post("/v1/responses", content=raw)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "input.0.id"


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN"])
@pytest.mark.parametrize("keyword", ["const", "minimum"])
async def test_a_number_that_json_does_not_have_is_no_part_of_a_schema(
    visit: Visit, chat: ChatModel, number: str, keyword: str
) -> None:
    """As a bound it was dropped, and as a constant it became null."""
    form = (
        f'{{"type": "json_schema", "json_schema": {{"schema": {{"type": "number", "{keyword}": {number}}}}}}}'
    )
    raw = f'{{"messages": [{{"role": "user", "content": "hi"}}], "response_format": {form}}}'
    answer = await visit(chat).post("/v1/chat/completions", content=raw)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "response_format"


async def test_a_field_with_a_long_name_is_not_told_whole(visit: Visit, chat: ChatModel) -> None:
    """A name of 30 MB made an error of 31."""
    asked = {"messages": [{"role": "user"}], "logit_bias": {"x" * 1_000_000: 1}}
    answer = await visit(chat).post("/v1/chat/completions", json=asked)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith("logit_bias.x")
    assert len(answer.content) < 5_000


async def test_the_field_with_half_a_character_is_named(visit: Visit, chat: ChatModel) -> None:
    message = {"role": "user", "content": "hi"}
    tool = {"type": "function", "function": {"name": "f", "description": "\ud800"}}
    raw = json.dumps({"messages": [message], "tools": [tool]})
    answer = await visit(chat).post("/v1/chat/completions", content=raw)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "tools.0.function.description"


async def test_a_large_event_is_written_while_others_go_on(
    visit: Visit, chat: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole response is told three times, with all that was sent of its tools."""
    written_here: list[int] = []

    def noted(value: Any) -> str:
        text = json_text(value)
        if threading.current_thread() is threading.main_thread():
            written_here.append(len(text))
        return text

    monkeypatch.setattr("server.api.json_text.json_text", noted)
    tools = [{"type": "function", "name": f"f{n}", "description": "word " * 10_000} for n in range(100)]
    asked = {"input": "hi", "stream": True, "tools": tools, "tool_choice": "none"}
    events = await visit(chat).post("/v1/responses", json=asked)

    assert events.text.count("word ") == 3 * 100 * 10_000
    assert max(written_here) < 1_000


async def test_a_number_of_5000_digits_in_a_call_is_no_500(visit: Visit, chat: ChatModel) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "9" * 5000}}
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
    ]
    answer = await visit(chat).post("/v1/chat/completions", json={"messages": messages, "max_tokens": 1})

    assert answer.status_code < 500


async def test_a_bias_on_a_token_that_there_is_not_is_refused(visit: Visit, chat: ChatModel) -> None:
    """A hundred thousand of them stalled other answers for seconds."""
    asked = {"messages": [{"role": "user", "content": "hi"}], "logit_bias": {"999999": 1}}
    answer = await visit(chat).post("/v1/chat/completions", json=asked)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "logit_bias"
    assert "999999" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"type": "integer", "multipleOf": 999983},
        {"$ref": "#/$defs/0", "$defs": {str(i): {"$ref": f"#/$defs/{i + 1}"} for i in range(6500)}},
        {"type": "object", "properties": {f"p{i}": {"type": "null"} for i in range(7000)}},
        {"allOf": [{"type": "string", "pattern": f"^(.{{{n}}})*$"} for n in (2, 3, 5, 7, 11, 13, 17, 19)]},
        {"type": "string", "pattern": "^((a{1,1000}){1,1000}){1,1000}$"},
    ],
)
@pytest.mark.parametrize("where", ["schema", "tool"])
async def test_a_hostile_schema_is_refused_in_our_words(
    visit: Visit, chat: ChatModel, where: str, schema: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {
        "schema": {
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
        },
        "tool": {"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]},
    }[where]
    answer = await visit(chat).post("/v1/chat/completions", json={"messages": [{"role": "user"}], **asked})

    assert answer.status_code in (200, 400)
    for theirs in ("NoExtension", "<state>", "Parser Error", "lexer", "(And"):
        assert theirs not in answer.text


async def test_a_call_that_is_required_after_too_long_a_prompt_is_no_500(
    visit: Visit, chat: ChatModel
) -> None:
    """There was no room for it, and no attempt to speak of."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    messages = [{"role": "user", "content": "word " * 5_000}]
    asked = {"messages": messages, "tools": [tool], "tool_choice": "required"}
    answer = await visit(chat).post("/v1/chat/completions", json=asked)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"prompt": ["word " * 500_000] * 2}),
        ("/v1/embeddings", {"input": ["word " * 500_000] * 2}),
        ("/v1/rerank", {"query": "word", "documents": ["word " * 900_000]}),
        ("/v1/tokenize", {"content": "word " * 900_000}),
    ],
)
async def test_more_text_than_a_request_has_time_for_is_refused(
    visit: Visit, chat: ChatModel, path: str, body: dict[str, Any]
) -> None:
    """Thirty megabytes were tokenized, in a thread that nobody else had then."""
    answer = await visit(chat).post(path, json=body)

    assert answer.status_code == 400
    assert "4,000,000 is the most" in answer.json()["error"]["message"]


async def test_an_error_quotes_no_more_than_it_has_to(visit: Visit, chat: ChatModel) -> None:
    answer = await visit(chat).post(
        "/v1/chat/completions", json={"model": "x" * 1_000_000, "messages": [{"role": "user"}]}
    )

    assert answer.status_code == 404
    assert len(answer.content) < 5_000


def test_a_large_answer_is_written_in_pieces_that_are_the_whole() -> None:
    """A thousand vectors were written at a stretch, in which nothing else ran."""
    value = {
        "data": [{"embedding": [n / 7] * 400, "index": n, "text": "中\u2028"} for n in range(60)],
        "n": None,
    }

    told = "".join(_pieces(value))

    assert told == json_text(value)
    assert json.loads(told) == value
    assert max(map(len, _pieces(value))) < len(told) / 10
