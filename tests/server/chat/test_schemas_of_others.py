"""Schemas as pydantic, zod and MCP servers write them: held as far as a grammar can, whatever they say."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from byte_grammar import Grammar

from server.chat.constrained.afterwards import shortcoming
from server.chat.constrained.json_schema import UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held

Follow = Callable[[str], Grammar]

STRING = {"type": "string"}
EMAIL_OF_ZOD = (
    r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
)


def writes(grammar: Follow, schema: Any, value: Any) -> bool:
    """Whether decoding that is held to a schema lets a value through."""
    text = json.dumps(value)
    following = grammar(held_as_far_as_possible(schema).grammar())
    while text.startswith(following.text) and following.text != text:
        if not following.allows(text[len(following.text)]):
            return False
        following.write(text[len(following.text)])
    return following.text == text and following.may_end


# What cannot be held, the keyword that is named, and a value of the right type that goes through all the same.
UNHELD: dict[str, tuple[dict[str, Any], str, Any]] = {
    "a set of Python's": ({"type": "array", "uniqueItems": True, "items": STRING}, "uniqueItems", ["a", "a"]),
    "a path of pydantic's": ({"type": "string", "format": "path"}, "format", "/tmp"),
    "a file of pydantic's": ({"type": "string", "format": "binary"}, "format", "x"),
    "a token of zod's": ({"type": "string", "format": "jwt"}, "format", "x"),
    "a regex": ({"type": "string", "format": "regex"}, "format", "x"),
    "an email of zod's": (
        {"type": "string", "format": "email", "pattern": EMAIL_OF_ZOD},
        "pattern",
        "a@b.de",
    ),
    "a pattern with look-behind": ({"type": "string", "pattern": "(?<=a)b"}, "pattern", "ab"),
    "a pattern that refers back": ({"type": "string", "pattern": r"(a)\1"}, "pattern", "aa"),
    "a pattern that is none": ({"type": "string", "pattern": "["}, "pattern", "x"),
    "names without a pattern": (
        {"type": "object", "patternProperties": {"^(?!x)": STRING}, "additionalProperties": False},
        "patternProperties",
        {"a": "b"},
    ),
    "contains": ({"type": "array", "contains": {"type": "string"}}, "contains", []),
    "short names": ({"type": "object", "propertyNames": {"maxLength": 3}}, "propertyNames", {"long one": 1}),
    "not": ({"type": "string", "not": {"const": "a"}}, "not", "a"),
    "if": ({"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}}, "if", {"a": 1}),
    "dependentRequired": (
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        "dependentRequired",
        {"a": 1},
    ),
    "dependencies of draft 7": ({"type": "object", "dependencies": {"a": ["b"]}}, "dependencies", {"a": 1}),
    "minProperties": (
        {"type": "object", "minProperties": 2, "additionalProperties": STRING},
        "minProperties",
        {},
    ),
    "one of several that overlap": ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "oneOf", 3),
    "a reference to elsewhere": ({"$ref": "https://example.com/x.json"}, "$ref", {"a": 1}),
    "a reference to nothing": ({"$ref": "#/$defs/none"}, "$ref", "x"),
    "a type that is none": ({"type": "file"}, "type", {"a": 1}),
    "a number as text": ({"type": "integer", "minimum": "3"}, "minimum", 2),
    "bounds that nothing meets": ({"type": "integer", "minimum": 5, "maximum": 2}, "minimum", 1),
    "an empty enum": ({"type": "string", "enum": []}, "enum", "x"),
    "a schema that is none": ("string", "schema", "x"),
}


@pytest.mark.parametrize("name", UNHELD)
def test_what_cannot_be_held_is_named_and_the_rest_is_held(name: str, grammar: Follow) -> None:
    """One keyword of a third party's tool was a 400 for the whole request."""
    schema, keyword, value = UNHELD[name]
    asked = {"type": "object", "properties": {"v": schema, "n": {"type": "integer"}}, "required": ["v", "n"]}

    unheld = held_as_far_as_possible(asked).unheld

    assert f"v.{keyword}" in unheld
    assert all(each.startswith("v.") for each in unheld)
    assert writes(grammar, asked, {"v": value, "n": 1})
    assert not writes(grammar, asked, {"v": value, "n": "one"})
    assert not writes(grammar, asked, {"v": value, "n": 1, "more": 1})


@pytest.mark.parametrize(
    "name", sorted(UNHELD.keys() - {"a schema that is none", "one of several that overlap", "minProperties"})
)
def test_strict_refuses_it_by_its_keyword(name: str) -> None:
    schema, keyword, _ = UNHELD[name]

    with pytest.raises(UnsupportedSchema) as refusal:
        strictly_held({"type": "object", "properties": {"v": schema}, "required": ["v"]})

    assert f"v.{keyword}: " in str(refusal.value)
    assert "coerce" not in str(refusal.value)


# Spellings that mean something a grammar can hold: a value that fits, and one that does not.
HELD: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "uniqueItems false": ({"type": "array", "items": STRING, "uniqueItems": False}, ["a", "a"], [1]),
    "a tuple of draft 7": (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "array",
            "items": [STRING, {"type": "integer"}],
            "additionalItems": False,
            "minItems": 2,
        },
        ["a", 1],
        ["a", 1, 2],
    ),
    "an exclusive bound of draft 4": (
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9},
        1,
        0,
    ),
    "nullable of OpenAPI": ({"type": "string", "enum": ["a"], "nullable": True}, None, "b"),
    "a format of a number": ({"type": "integer", "format": "int32"}, 3, "x"),
    "a record of zod's": (
        {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {"type": "integer"}},
        {"a": 1},
        {"a": "b"},
    ),
    "a record with keys from a list": (
        {
            "type": "object",
            "propertyNames": {"enum": ["a", "b"]},
            "additionalProperties": {"type": "integer"},
        },
        {"b": 1},
        {"c": 1},
    ),
    "a record with keys of a pattern": (
        {"type": "object", "propertyNames": {"pattern": "^k[0-9]$"}, "additionalProperties": STRING},
        {"k1": "a"},
        {"x": "a"},
    ),
    "never, of zod's": ({"type": "object", "properties": {"a": {"not": {}}}}, {}, {"a": 1}),
    "a strict object of zod's": (
        {"type": "object", "properties": {"a": STRING}, "additionalProperties": {"not": {}}},
        {"a": "b"},
        {"b": "b"},
    ),
    "null for nothing": ({"type": "string", "enum": None, "format": None}, "x", 1),
    "required, as draft 3 says it": (
        {"type": "object", "properties": {"a": {**STRING, "required": True}}},
        {},
        1,
    ),
    "required and not described": ({"type": "object", "properties": {}, "required": ["x"]}, {"x": 1}, {}),
    "counts as floats": ({"type": "string", "minLength": 2.0}, "ab", "a"),
    "unevaluatedProperties": ({"type": "object", "unevaluatedProperties": False}, {}, {"a": 1}),
    "a schema of an unknown draft": ({"$schema": "mine", "type": "integer"}, 1, "x"),
    "several types": ({"type": ["string", "null"]}, None, 1),
    "const beside enum": ({"const": "a", "enum": ["a", 1]}, "a", 1),
    "a reference with a description": (
        {"$defs": {"A": {"type": "integer"}}, "$ref": "#/$defs/A", "description": "how many", "default": 1},
        1,
        "x",
    ),
    "a base and its extension": (
        {
            "$defs": {"Base": {"type": "object", "properties": {"id": STRING}, "required": ["id"]}},
            "allOf": [
                {"$ref": "#/$defs/Base"},
                {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
            ],
        },
        {"id": "a", "n": 1},
        {"id": "a", "n": 1, "more": 1},
    ),
    "either of two properties": (
        {
            "type": "object",
            "properties": {"a": STRING, "b": STRING},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {"a": "x", "b": "y"},
        {},
    ),
    "a kind that tells alternatives apart": (
        {
            "oneOf": [
                {"type": "object", "properties": {"k": {"const": "a"}, "n": STRING}, "required": ["k", "n"]},
                {"type": "object", "properties": {"k": {"const": "b"}}, "required": ["k"]},
            ],
            "discriminator": {"propertyName": "k"},
        },
        {"k": "a", "n": "x"},
        {"k": "b", "n": "x"},
    ),
    "types of Python's": (
        {
            "type": "dict",
            "properties": {"n": {"type": "int"}, "l": {"type": "list", "items": {"type": "str"}}},
        },
        {"n": 1, "l": ["a"]},
        {"n": "1"},
    ),
    "types in capitals": (
        {"type": "OBJECT", "properties": {"a": {"type": ["STRING", "NULL"]}}},
        {"a": None},
        {"a": 1},
    ),
    "any type": ({"type": "array", "items": {"type": "any"}}, [1, "a"], "a"),
    "a cuid of zod's": (
        {"type": "string", "format": "cuid", "pattern": "^[cC][0-9a-z]{6,}$"},
        "c123456",
        "d12",
    ),
    "a text of zod's that includes another": (
        {"type": "string", "format": "includes", "allOf": [{"pattern": "^ab"}, {"pattern": "m"}]},
        "ab m",
        "xm",
    ),
    "a uuid of one version": (
        {"type": "string", "format": "uuid4"},
        "01234567-89ab-4def-8123-456789abcdef",
        "01234567-89ab-1def-8123-456789abcdef",
    ),
    "a url": ({"type": "string", "format": "url"}, "https://example.com/a?b=c", "a b"),
    "parts with nothing beside them": (
        {
            "type": "object",
            "allOf": [{"properties": {"a": STRING}}],
            "properties": {"b": STRING},
            "unevaluatedProperties": False,
        },
        {"a": "y", "b": "x"},
        {"c": "x"},
    ),
    "words for people": (
        {"type": "string", "contentEncoding": "base64", "examples": ["a"], "deprecated": True, "x-order": 1},
        "a",
        1,
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_every_spelling_of_what_can_be_held_is_held(name: str, grammar: Follow) -> None:
    schema, right, wrong = HELD[name]

    assert held_as_far_as_possible(schema).unheld == ()
    assert writes(grammar, schema, right)
    assert not writes(grammar, schema, wrong)


@pytest.mark.parametrize("name", sorted(HELD))
def test_strict_takes_the_same_spellings(name: str) -> None:
    strictly_held(HELD[name][0])


def test_a_property_may_have_the_name_of_a_keyword(grammar: Follow) -> None:
    schema = {
        "type": "object",
        "properties": {"not": STRING, "format": {"type": "integer"}},
        "required": ["not"],
    }

    assert held_as_far_as_possible(schema).unheld == ()
    assert writes(grammar, schema, {"not": "a", "format": 1})


def test_strict_closes_every_object_and_otherwise_open_ones_stay_open(grammar: Follow) -> None:
    """`{u: uuid}` went on to v, w, x …"""
    inner = {"type": "object", "properties": {"a": STRING}, "additionalProperties": True}
    schema = {"type": "array", "items": {"$ref": "#/$defs/O"}, "$defs": {"O": inner}}
    value = '[{"a": "b", "v": 1}]'

    assert writes(grammar, schema, json.loads(value))
    with pytest.raises(AssertionError):
        grammar(strictly_held(schema).grammar()).write(value)


@pytest.mark.parametrize(
    "schema", [{"type": "number"}, {"type": "integer"}, {"type": "number", "minimum": 0}]
)
def test_a_number_ends(schema: dict[str, Any], grammar: Follow) -> None:
    """A third has no last digit."""
    following = grammar(strictly_held({"type": "array", "items": schema}).grammar())

    following.write("3")
    for _ in range(40):
        if following.allows("3"):
            following.write("3")

    assert not following.allows("3") and not following.allows(".")
    assert following.allows("]") and following.allows(",")
    assert following.write(",").write("4").allows("4")


@pytest.mark.parametrize("form", ["duration", "time", "date-time", "email", "hostname", "uri"])
def test_a_format_without_an_end_gets_one(form: str) -> None:
    held = strictly_held({"type": "string", "format": form})

    assert held.schema["maxLength"] <= 512


def test_a_pattern_for_a_whole_string_gets_an_end_and_one_for_any_text_none() -> None:
    assert "maxLength" in strictly_held({"type": "string", "pattern": "^[0-9]+$"}).schema
    assert "maxLength" not in strictly_held({"type": "string", "pattern": "^.*$"}).schema
    assert "maxLength" not in strictly_held({"type": "string", "pattern": r"\S"}).schema


def test_bounds_beyond_every_number_are_no_bounds(grammar: Follow) -> None:
    schema = {"type": "integer", "minimum": -1e30, "maximum": 1e30}

    assert strictly_held(schema).unheld == ()
    assert writes(grammar, schema, 12)


@pytest.mark.parametrize(
    ("schema", "value", "failed"),
    [
        ({"type": "object", "properties": {"t": {"uniqueItems": True}}}, '{"t": [1, 1]}', "t.uniqueItems"),
        ({"type": "object", "properties": {"t": {"uniqueItems": True}}}, '{"t": [1, 2]}', None),
        ({"not": {"required": ["a"]}}, '{"a": 1}', "not"),
        ({"pattern": EMAIL_OF_ZOD}, '".a@b.de"', "pattern"),
        ({"pattern": EMAIL_OF_ZOD}, '"a@b.de"', None),
        ({"type": "string", "nullable": True}, "null", None),
        ({"$ref": "https://example.com/x.json"}, "{}", None),
        ({"$ref": "#"}, "{}", None),
        ({"pattern": "^(?!x)(a+)+$"}, json.dumps("a" * 60 + "b"), "pattern"),
        (
            {"patternProperties": {"^(?!x)(a+)+$": {}}, "additionalProperties": False},
            f'{{"{"a" * 60}b": 1}}',
            None,
        ),
        ({"pattern": "["}, '"a"', None),
        ({"type": "dict"}, "{}", None),
    ],
)
def test_an_answer_is_looked_at_afterwards(schema: Any, value: str, failed: str | None) -> None:
    """What a validator cannot say, fetch or finish in time, it does not say."""
    assert shortcoming(schema, value) == failed


@pytest.mark.parametrize("note", [{}, {"description": "Below it."}])
def test_a_tree_is_held_through_a_list_of_a_single_schema(grammar: Follow, note: dict[str, Any]) -> None:
    """It was walked without an end, a 500."""
    below = {"type": "array", "items": {"allOf": [{"$ref": "#/$defs/Node"}], **note}}
    node = {"type": "object", "properties": {"name": STRING, "below": below}, "required": ["name"]}
    held = held_as_far_as_possible({"$defs": {"Node": node}, "$ref": "#/$defs/Node"})

    assert not held.unheld
    text = grammar(held.grammar()).write('a",').write("{").write('b"}')
    assert text.text == '{"name": "a", "below": [{"name": "b"}'


def test_a_schema_that_refers_to_itself_from_a_list_of_several_comes_to_an_end() -> None:
    again = [{"$ref": "#/$defs/A"}, {"type": "object"}]
    schema = {"$defs": {"A": {"type": "array", "items": {"allOf": again}}}, "$ref": "#/$defs/A"}

    assert held_as_far_as_possible(schema).schema["$defs"]


def test_a_schema_that_grows_without_end_is_given_up() -> None:
    definitions: dict[str, Any] = {"a0": {"type": "object"}}
    for i in range(60):
        definitions[f"a{i + 1}"] = {"allOf": [{"$ref": f"#/$defs/a{i}"}] * 2}
    schema = {"$defs": definitions, "$ref": "#/$defs/a60"}

    assert shortcoming(schema, "{}") is None
    held_as_far_as_possible(schema)


def test_a_schema_that_leads_in_a_circle_is_held_to_something(grammar: Follow) -> None:
    schema = {
        "$defs": {"A": {"allOf": [{"$ref": "#/$defs/A"}, {"properties": {"a": STRING}}]}},
        "$ref": "#/$defs/A",
    }

    grammar(held_as_far_as_possible(schema).grammar())
