"""Whatever is sent, the server does not make a mistake."""

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.chat.chat_model import ChatModel
from server.chat.constrained.grammar import GrammarCompiler, GrammarConstraint

Visit = Callable[..., httpx2.AsyncClient]

HELLO = [{"role": "user", "content": "hi"}]
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": ["string", "null"], "pattern": "^a{1,3}$", "minLength": 1, "maxLength": 3},
        "b": {"type": "array", "items": {"$ref": "#/$defs/n"}, "minItems": 1, "maxItems": 2},
        "c": {"anyOf": [{"const": 1}, {"enum": ["x", None]}, {"type": "string", "format": "date"}]},
    },
    "required": ["a", "b", "c"],
    "additionalProperties": False,
    "minProperties": 2,
    "$defs": {"n": {"type": "integer", "minimum": 0, "maximum": 5, "multipleOf": 1}},
}
FUNCTION = {"name": "f", "description": "does", "parameters": SCHEMA}
SAMPLING = {
    "model": "moly-chat",
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "min_p": 0.1,
    "seed": 1,
    "stop": ["x"],
    "stream": True,
    "stream_options": {"include_usage": True},
    "presence_penalty": 0.1,
    "repeat_penalty": 1.1,
    "logit_bias": {"5": 1},
    "n": 2,
}
CHAT = SAMPLING | {
    "messages": [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "me"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "done"},
        {"role": "user", "content": "and now?"},
    ],
    "max_tokens": 3,
    "logprobs": True,
    "top_logprobs": 1,
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": False,
    "chat_template_kwargs": {"enable_thinking": False},
    "reasoning_effort": "none",
}
STRUCTURED = SAMPLING | {
    "messages": HELLO,
    "max_completion_tokens": 3,
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
}
RESPONSE = {
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "done"},
    ],
    "instructions": "Be kind.",
    "max_output_tokens": 3,
    "tools": [{"type": "function", **FUNCTION}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    "reasoning": {"effort": "none"},
    "metadata": {"a": "b"},
    "store": False,
}
COMPLETION = SAMPLING | {"prompt": ["hi", ""], "max_tokens": 3, "echo": True}

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["", "\0", "}", "\ud800", "object", "#", "<|im_end|>", -1, 0, 2**31, 2**63, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def one_thing_changed(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """The body with anything in the place of one of its values, however deep inside."""
    body = copy.deepcopy(body)
    inner: Any = body
    while True:
        key = draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner))))
        if not isinstance(inner[key], dict | list) or not inner[key] or draw(st.integers(0, 3)) == 0:
            inner[key] = draw(ANYTHING)
            return body
        inner = inner[key]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", STRUCTURED),
        ("/v1/responses", RESPONSE),
        ("/v1/completions", COMPLETION),
        ("/v1/tokenize", {"model": "moly-chat", "content": "hi"}),
    ],
)
def test_any_body_is_answered_or_refused(
    path: str, body: dict[str, Any], visit: Visit, chat: ChatModel
) -> None:
    async def post(content: str) -> httpx2.Response:
        return await visit(chat).post(path, content=content.encode())

    @given(one_thing_changed(body))
    @settings(
        max_examples=100,
        suppress_health_check=list(HealthCheck),
    )
    def send(changed: dict[str, Any]) -> None:
        answer = asyncio.run(post(json.dumps(changed)))
        assert answer.status_code in (200, 400, 404), answer.text
        if answer.status_code != 200:
            assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
        assert "The answer broke off" not in answer.text

    assert asyncio.run(post(json.dumps(body))).status_code == 200
    send()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"messages": [', "not JSON"),
        (b"", "Field required"),
        (b"[]", "object"),
        (b"null", "object"),
        ('{"messages": [{"role": "user", "content": "你好"}]}'.encode("gbk"), "not UTF-8"),
        (b'{"messages": ' + b"[" * 100_000, "nested too deep"),
        (b'{"max_tokens": ' + b"9" * 5000 + b"}", "a number of more than"),
        (
            b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
            "messages.0.content holds half of a surrogate",
        ),
    ],
)
async def test_what_is_hardly_json_is_refused_in_words(
    visit: Visit, chat: ChatModel, raw: bytes, says: str
) -> None:
    answer = await visit(chat).post("/v1/chat/completions", content=raw)

    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


@pytest.mark.parametrize("depth", [50, 100, 240, 450])
@pytest.mark.parametrize("where", ["schema", "tool"])
@pytest.mark.parametrize("strict", [True, False])
async def test_a_schema_of_any_depth_is_answered_or_refused(
    visit: Visit, chat: ChatModel, where: str, depth: int, strict: bool
) -> None:
    schema: Any = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    asked: dict[str, Any] = {
        "tool": {
            "tools": [{"type": "function", "function": {"name": "f", "strict": strict, "parameters": schema}}]
        },
        "schema": {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": schema, "strict": strict},
            }
        },
    }[where]
    answer = await visit(chat).post("/v1/chat/completions", json={"messages": HELLO, **asked})

    refused = depth > 50 and (strict or answer.status_code == 400)
    assert answer.status_code == (400 if refused else 200), answer.text


async def test_a_huge_schema_is_refused(visit: Visit, chat: ChatModel) -> None:
    schema = {"enum": [f"value {i}" for i in range(50_000)]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    answer = await visit(chat).post("/v1/chat/completions", json={"messages": HELLO, "response_format": form})

    assert answer.status_code == 400
    assert "20,000" in answer.json()["error"]["message"]


async def test_nobody_waits_for_the_schema_of_another(
    visit: Visit, chat: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grammars were compiled on the event loop."""
    client, done = visit(chat), []
    compile_quickly = GrammarCompiler.compile

    def compile_slowly(self: GrammarCompiler, grammar: str) -> GrammarConstraint:
        asyncio.run_coroutine_threadsafe(client.get("/health"), loop).result(timeout=60)
        done.append("health")
        return compile_quickly(self, grammar)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(GrammarCompiler, "compile", compile_slowly)
    form = {"type": "json_object"}
    answer = await client.post("/v1/chat/completions", json={"messages": HELLO, "response_format": form})

    assert answer.status_code == 200
    assert done == ["health"]
