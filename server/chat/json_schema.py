"""JSON schemas that decoding can be held to."""

import json
from typing import Any

from llguidance import LLMatcher

from server.chat.grammar import MAX_CHARACTERS

# As json.dumps writes, and so as models have mostly seen JSON. With spaces fixed, more tokens are forced.
STYLE: dict[str, Any] = {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": False}

ANY_OBJECT: dict[str, Any] = {"type": "object"}

SUBSCHEMAS = ("additionalProperties", "items")
SUBSCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SUBSCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions")


class UnsupportedSchema(Exception):
    """A schema that cannot be enforced; the message names the keyword."""


def styled(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with our choice of white space; raises UnsupportedSchema rather than enforce half of it."""
    schema = {**schema, "x-guidance": STYLE}
    _refuse_loose_keywords(schema)
    text = json.dumps(schema)
    if len(text) > MAX_CHARACTERS:
        raise UnsupportedSchema(f"it has {len(text):,} characters; {MAX_CHARACTERS:,} is the most.")
    try:
        grammar = LLMatcher.grammar_from_json_schema(text)
    except ValueError as error:
        raise UnsupportedSchema(str(error)) from error
    failed, messages = LLMatcher.validate_grammar_with_warnings(grammar)
    if failed or messages:
        raise UnsupportedSchema(" ".join(messages[0].split()))
    return schema


def json_grammar(schema: dict[str, Any]) -> str:
    """Lark for one JSON value; raises UnsupportedSchema."""
    return f"start: %json {json.dumps(styled(schema))}\n"


def closed(schema: Any) -> Any:
    """The schema with no properties but those that it names, where it does not say otherwise.

    OpenAI's schemas for tools leave `additionalProperties` open; a small model would fill the gap with inventions.
    """
    if not isinstance(schema, dict):
        return schema
    result = {key: _closed_member(key, value) for key, value in schema.items()}
    if "properties" in result and not result.keys() & {
        "patternProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "$ref",
    }:
        result.setdefault("additionalProperties", False)
    return result


def _closed_member(key: str, value: Any) -> Any:
    if key in SUBSCHEMAS:
        return closed(value)
    if key in ("anyOf", "oneOf", "prefixItems") and isinstance(value, list):
        return [closed(each) for each in value]
    if key in SUBSCHEMA_MAPS and isinstance(value, dict):
        return {name: closed(each) for name, each in value.items()}
    return value


def _refuse_loose_keywords(schema: Any) -> None:
    """Refuse what llguidance accepts but does not hold: see `docs/api.md`."""
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("items"), list):
        raise UnsupportedSchema('"items" as a list is of an old draft; use "prefixItems".')
    least, required = schema.get("minProperties"), schema.get("required", [])
    # Names that no property fixes may repeat, and count again each time.
    if isinstance(least, int) and isinstance(required, list) and least > len(required) + 1:
        raise UnsupportedSchema('"minProperties" can exceed the required properties by one at most.')
    for key in SUBSCHEMAS:
        _refuse_loose_keywords(schema.get(key))
    for key in SUBSCHEMA_LISTS:
        members = schema.get(key)
        for member in members if isinstance(members, list) else []:
            _refuse_loose_keywords(member)
    for key in SUBSCHEMA_MAPS:
        members = schema.get(key)
        for member in members.values() if isinstance(members, dict) else []:
            _refuse_loose_keywords(member)
