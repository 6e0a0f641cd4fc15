"""The kind of value that each keyword of a schema takes: with another one it means nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """In words, and how to tell."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _are_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_readable(names: Any) -> bool:
    """Names of properties are read together with the schema that they stand in."""
    return _is_schema(names) and not (isinstance(names, dict) and misfits(names))


TEXT = Kind("a text", lambda value: isinstance(value, str))
NUMBER = Kind("a number", _is_number)
COUNT = Kind("a whole number from 0 on", _is_count)
LIST = Kind("a list", lambda value: isinstance(value, list))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
SCHEMA = Kind("a schema", _is_schema)
SCHEMAS = Kind("a list of schemas", _are_schemas)
TRUTH = Kind("true or false", lambda value: isinstance(value, bool))

# All drafts and dialects together: see spelling.py.
KINDS = {
    "type": Kind("a text or a list of texts", lambda value: isinstance(value, str) or _are_texts(value)),
    "required": Kind("a list of texts", lambda value: isinstance(value, bool) or _are_texts(value)),
    "items": Kind("a schema", lambda value: _is_schema(value) or _are_schemas(value)),
    "propertyNames": Kind("a schema", _is_readable),
    "enum": LIST,
    "multipleOf": NUMBER,
    **dict.fromkeys(("format", "pattern", "$ref", "$recursiveRef", "$dynamicRef"), TEXT),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties"), COUNT),
    **dict.fromkeys(("maxProperties", "minContains", "maxContains"), COUNT),
    **dict.fromkeys(("minimum", "maximum"), NUMBER),
    **dict.fromkeys(
        ("exclusiveMinimum", "exclusiveMaximum"),
        Kind("a number", lambda value: isinstance(value, bool) or _is_number(value)),
    ),
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions"), OBJECT),
    **dict.fromkeys(("dependencies", "dependentRequired", "dependentSchemas"), OBJECT),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), SCHEMAS),
    **dict.fromkeys(("additionalProperties", "additionalItems", "unevaluatedProperties"), SCHEMA),
    **dict.fromkeys(("unevaluatedItems", "contains", "not", "if", "then", "else"), SCHEMA),
    **dict.fromkeys(("uniqueItems", "nullable"), TRUTH),
}


def misfits(schema: dict[str, Any]) -> dict[str, Kind]:
    """Its keywords whose values are of the wrong kind, and what they have to be; null is no value."""
    return {
        key: kind
        for key, value in schema.items()
        if value is not None and (kind := KINDS.get(key)) and not kind.fits(value)
    }
