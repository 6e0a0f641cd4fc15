"""Bodies that a stranger might send to each route that takes one: as large as they may be, and a little larger."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

from benchmarks.trust.attack import Attack
from benchmarks.trust.schemas import SCHEMAS

MIB = 1 << 20
# A little below the limits of kit/http/body_limit.py.
LARGE = 30 * MIB
VALUES = 190_000

USER = {"role": "user", "content": "hi"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}

# Where each route takes a text of any length.
TEXTS: dict[str, Any] = {
    "/v1/chat/completions": lambda text: {"messages": [USER | {"content": text}], "max_tokens": 1},
    "/v1/completions": lambda text: {"prompt": text, "max_tokens": 1},
    "/v1/responses": lambda text: {"input": text, "max_output_tokens": 1},
    "/v1/responses/input_tokens": lambda text: {"input": text},
    "/v1/messages": lambda text: {"model": "claude", "messages": [USER | {"content": text}], "max_tokens": 1},
    "/v1/messages/count_tokens": lambda text: {"model": "claude", "messages": [USER | {"content": text}]},
    "/v1/embeddings": lambda text: {"input": text},
    "/v1/rerank": lambda text: {"query": "hi", "documents": [text]},
    "/v1/tokenize": lambda text: {"content": text},
    "/v1/retrieve": lambda text: {"messages": [USER | {"content": text}]},
    "/v1/models/load": lambda text: {"model": text},
}
# A piece of each text, which is repeated.
PIECES = {
    "letters": "a",
    "words": "lorem ipsum ",
    "Chinese": "中文",
    "spaces": " ",
    "line ends": "\n",
    "points": "!",
    "digits": "7",
    "marks that have to be sorted": "\u0301\u0327",
    "control tokens": "<|im_end|>",
    "beginnings of control tokens": "<|",
    "escapes": '"\\',
    "emoji": "👩\u200d🚀",
}


def bodies(most_bytes: int) -> Iterator[Attack]:
    """Made as they are asked for: together they are gigabytes."""
    for path, around in TEXTS.items():
        for name, piece in PIECES.items():
            text = piece * (most_bytes // len(json.dumps(piece, ensure_ascii=False).encode()[1:-1]))
            yield _attack(name, path, around(text))
    for path, field in MANY:
        for name, value in field.items():
            yield _attack(name, path, value)
    for name, raw in RAW.items():
        yield Attack(name, "/v1/chat/completions", raw)
    yield Attack(
        "brackets, compressed", "/v1/chat/completions", gzip.compress(b"[[]]," * (LARGE // 5), 1), "gzip"
    )


def with_schemas() -> Iterator[Attack]:
    """Each schema as the form of an answer and as a tool, strict and not."""
    for name, schema in SCHEMAS.items():
        for strict in (True, False):
            yield from _with_schema(f"{name}{', strict' if strict else ''}", schema, strict)


def _attack(name: str, path: str, value: Any) -> Attack:
    return Attack(name, path, json.dumps(value, ensure_ascii=False).encode())


def _with_schema(name: str, schema: Any, strict: bool) -> Iterator[Attack]:
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": strict}}
    function = {"name": "f", "parameters": schema, "strict": strict}
    tools = [{"type": "function", "function": function}]
    asked = {"messages": [USER], "max_tokens": 2}
    yield _attack(f"schema: {name}", "/v1/chat/completions", asked | {"response_format": form})
    yield _attack(
        f"tool: {name}", "/v1/chat/completions", asked | {"tools": tools, "tool_choice": "required"}
    )


MANY: list[tuple[str, dict[str, Any]]] = [
    (
        "/v1/chat/completions",
        {
            "10,000 messages": {"messages": [USER] * 10_000, "max_tokens": 1},
            "2,000 messages of four parts": {
                "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 4}] * 2_000,
                "max_tokens": 1,
            },
            "9,000 messages of four parts": {
                "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 4}] * 9_000,
                "max_tokens": 1,
            },
            "9,000 calls": {
                "messages": [USER, {"role": "assistant", "tool_calls": [CALL] * 200}] * 45 + [USER],
                "max_tokens": 1,
            },
            "messages of no kind": {"messages": [1.5] * VALUES},
            "a message of many fields": {"messages": [{str(i): 1 for i in range(VALUES)}]},
            "fields that nobody knows": {"messages": [USER], "max_tokens": 1}
            | {str(i): i for i in range(VALUES)},
            "a bias with a name of megabytes": {"messages": [USER], "logit_bias": {"x" * LARGE: 1}},
            "a model of private characters": {"messages": [USER], "model": "\ue000" * (LARGE // 3)},
            "a form of private characters": {
                "messages": [USER],
                "response_format": {"type": "\ue000" * (LARGE // 3)},
            },
            "biases": {"messages": [USER], "logit_bias": {str(i): 1 for i in range(VALUES)}},
            "stop strings of a megabyte": {
                "messages": [USER],
                "max_tokens": 8,
                "stop": ["a" * MIB + str(i) for i in range(16)],
            },
            "switches": {
                "messages": [USER],
                "max_tokens": 1,
                "chat_template_kwargs": {"a": [[1]] * (VALUES // 3)},
            },
            "128 tools of 100 properties": {
                "messages": [USER],
                "max_tokens": 1,
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": f"f{n}",
                            "parameters": {
                                "type": "object",
                                "properties": {f"p{i}": {"type": "string"} for i in range(100)},
                            },
                        },
                    }
                    for n in range(128)
                ],
            },
        },
    ),
    (
        "/v1/completions",
        {
            "tokens": {"prompt": [5] * VALUES, "max_tokens": 1},
            "tokens of no kind": {"prompt": [1.5] * VALUES},
            "128 prompts": {"prompt": ["a " * 100_000] * 128, "max_tokens": 1},
        },
    ),
    (
        "/v1/embeddings",
        {
            "2,048 inputs": {"input": ["a"] * 2_048},
            "inputs of no kind": {"input": [1.5] * VALUES},
            "2,048 long inputs": {"input": ["a word " * 2_000] * 2_048},
        },
    ),
    (
        "/v1/rerank",
        {"1,000 documents": {"query": "a", "documents": ["b"] * 1_000, "return_documents": True}},
    ),
    (
        "/v1/responses",
        {
            "10,000 items": {"input": [USER] * 10_000, "max_output_tokens": 1},
            "items of no kind": {"input": [1.5] * VALUES},
            "metadata": {
                "input": "a",
                "max_output_tokens": 1,
                "metadata": {str(i): "x" * MIB for i in range(16)},
            },
            "metadata in a stream": {
                "input": "a",
                "max_output_tokens": 1,
                "stream": True,
                "metadata": {str(i): '"' * MIB for i in range(16)},
            },
            "tools that are only told again": {
                "input": "a",
                "max_output_tokens": 1,
                "stream": True,
                "tools": [{"type": "function", "name": "f", "description": "x" * (LARGE // 2)}],
                "tool_choice": "none",
            },
            "an item to be referred to": {
                "input": [USER | {"junk": "x" * 3 * MIB, "id": "msg_big"}],
                "max_output_tokens": 1,
            },
            "a hundred references to it": {
                "input": [{"type": "item_reference", "id": "msg_big"}] * 100,
                "max_output_tokens": 1,
            },
        },
    ),
    (
        "/v1/messages",
        {
            "10,000 messages": {"model": "claude", "max_tokens": 1, "messages": [USER] * 10_000},
            "an input of many values": {
                "model": "claude",
                "max_tokens": 1,
                "messages": [
                    USER,
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "tool_use", "id": "1", "name": "f", "input": {"a": [1] * VALUES}}
                        ],
                    },
                    USER,
                ],
            },
        },
    ),
]

ARGUMENTS = (
    b'{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "tool_calls": [{"id": "1", "type":'
    b' "function", "function": {"name": "f", "arguments": "\\u005b%s1]"}}]}], "max_tokens": 1}'
)

RAW = {
    "brackets": b"[" * VALUES,
    "a deep object": b'{"messages": ' * 50_000,
    "far more brackets than may be": b"[]," * (LARGE // 3),
    "spaces alone": b" " * LARGE,
    "a number of 30 million digits": b'{"max_tokens": 1.' + b"7" * LARGE + b"}",
    "escapes of characters": b'{"prompt": "' + b"\\u4e2d" * (LARGE // 6) + b'"}',
    "brackets spelt as escapes": ARGUMENTS % (b"\\u005b\\u005d\\u002c" * (LARGE // 18)),
    "not UTF-8": b'{"prompt": "' + b"\xff" * LARGE + b'"}',
    "half a surrogate pair": b'{"prompt": "' + b"\\ud800" * 1000 + b'", "input": "\\ud800"}',
    "it ends too early": b'{"messages": [{"role": "user", "content": "' + b"a" * LARGE,
    "nothing": b"",
    "null": b"null",
}
