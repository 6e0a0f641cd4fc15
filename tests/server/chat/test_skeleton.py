"""What a model is shown of the schema that its answer has to satisfy."""

import json
from typing import Any

import pytest

from server.chat.prompt.skeleton import FORM, MAX_CHARACTERS, form_of

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


def shown(schema: dict[str, Any]) -> Any:
    first, text = form_of(schema).split("\n")
    assert first == FORM
    return json.loads(text)


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        (PERSON, {"name": "<string>", "age": "<integer>"}),
        ({"type": "array", "items": PERSON}, [{"name": "<string>", "age": "<integer>"}]),
        ({"properties": {"a": {"description": " the year \n"}}}, {"a": "<the year>"}),
        ({"properties": {"a": {"type": "string", "format": "date"}}}, {"a": "<date>"}),
        ({"properties": {"a": {"enum": ["yes", "no", None]}}}, {"a": "yes | no | null"}),
        ({"properties": {"a": {"const": 3}}}, {"a": 3}),
        ({"properties": {"a": {"type": ["number", "null"]}}}, {"a": "<number or null>"}),
        ({"properties": {"a": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}}}, {"a": "<boolean>"}),
        ({"properties": {"a": True, "b": {}}}, {"a": "<anything>", "b": "<anything>"}),
        ({"additionalProperties": {"type": "number"}}, {"<name>": "<number>"}),
        (
            {"allOf": [PERSON, {"properties": {"city": {"type": "string"}}}]},
            {"name": "<string>", "age": "<integer>", "city": "<string>"},
        ),
        (
            {"properties": {"who": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": PERSON}},
            {"who": {"name": "<string>", "age": "<integer>"}},
        ),
        (
            {"properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}},
            {"next": {"next": "<the same again>", "n": "<integer>"}, "n": "<integer>"},
        ),
    ],
)
def test_each_value_stands_for_what_belongs_there(schema: dict[str, Any], form: Any) -> None:
    assert shown(schema) == form


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "integer"},
        {"enum": ["a", "b"]},
        {"$ref": "#"},
        {"anyOf": [{"type": "null"}]},
        {"properties": {f"p{number}": {"type": "string"} for number in range(300)}},
        {"properties": {"p" * MAX_CHARACTERS: {"type": "string"}}},
        {"properties": 3, "items": [1], "anyOf": "x", "enum": 5, "additionalProperties": True},
    ],
)
def test_what_says_nothing_or_too_much_is_not_shown(schema: dict[str, Any]) -> None:
    assert form_of(schema) == ""


def test_no_chain_of_schemas_is_followed_without_end() -> None:
    doubling: Any = {
        f"d{n}": {"properties": {key: {"$ref": f"#/$defs/d{n + 1}"} for key in "abcd"}} for n in range(30)
    }

    assert form_of({"$ref": "#/$defs/d0", "$defs": doubling}) == ""
