"""Schemas that a stranger might send: deep, wide, costly, without end."""

from typing import Any

DEPTH = 115  # a little less than is allowed
FAR = 20_000

Schema = dict[str, Any]


def _chain(levels: int, around: Any, end: Any = None) -> Any:
    schema: Any = {"type": "integer"} if end is None else end
    for _ in range(levels):
        schema = around(schema)
    return schema


# Each keyword that can hold another schema.
AROUND: dict[str, Any] = {
    "items": lambda inner: {"type": "array", "items": inner},
    "prefixItems": lambda inner: {"type": "array", "prefixItems": [inner]},
    "properties": lambda inner: {"type": "object", "properties": {"a": inner}, "required": ["a"]},
    "patternProperties": lambda inner: {"type": "object", "patternProperties": {"^a$": inner}},
    "additionalProperties": lambda inner: {"type": "object", "additionalProperties": inner},
    "dependentSchemas": lambda inner: {"type": "object", "dependentSchemas": {"a": inner}},
    "anyOf": lambda inner: {"anyOf": [inner, {"type": "null"}]},
    "oneOf": lambda inner: {"oneOf": [inner, {"type": "null"}]},
    "allOf": lambda inner: {"allOf": [inner]},
    "not": lambda inner: {"not": inner},
    "if": lambda inner: {"if": inner, "then": {"type": "null"}},
    "then": lambda inner: {"if": True, "then": inner},
    "$defs": lambda inner: {"$defs": {"a": inner}, "$ref": "#/$defs/a"},
    "definitions": lambda inner: {"definitions": {"a": inner}, "$ref": "#/definitions/a"},
    "contains": lambda inner: {"type": "array", "contains": inner},
    "propertyNames": lambda inner: {"type": "object", "propertyNames": inner},
}


def _refs(count: int, around: Any) -> Schema:
    chain = {f"d{i}": around({"$ref": f"#/$defs/d{i + 1}"}) for i in range(count)}
    return {"$ref": "#/$defs/d0", "$defs": chain | {f"d{count}": {"type": "integer"}}}


def _properties(count: int, schema: Any, required: bool) -> Schema:
    names = [f"p{i}" for i in range(count)]
    return {
        "type": "object",
        "properties": {name: schema(i) for i, name in enumerate(names)},
        "required": names if required else [],
    }


SCHEMAS: dict[str, Schema] = (
    {f"{keyword}, {DEPTH} deep": _chain(DEPTH, around) for keyword, around in AROUND.items()}
    # Deeper than that, Python itself writes no JSON.
    | {f"{keyword}, 400 deep": _chain(400, around) for keyword, around in AROUND.items()}
    | {f"$ref through {keyword}": _refs(1_500, around) for keyword, around in AROUND.items()}
    | {
        "$ref to itself": {"$ref": "#"},
        "$ref round and round": {
            "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 50}},
            "$ref": "#/$defs/a",
        },
        "$ref to ever more": {
            "$ref": "#/$defs/d0",
            "$defs": {
                f"d{i}": {"type": "object", "properties": {n: {"$ref": f"#/$defs/d{i + 1}"} for n in "abcd"}}
                for i in range(30)
            }
            | {"d30": {"type": "integer"}},
        },
        "$ref to nowhere": {"$ref": "https://evil.example/schema.json"},
        "an enum of 19,000": {"enum": [f"value {i}" for i in range(19_000)]},
        "an enum of 100,000": {"enum": list(range(100_000))},
        "an enum of long texts": {"enum": ["a" * 10_000 + str(i) for i in range(20)]},
        "a deep const": {"const": _chain(DEPTH, lambda inner: [inner], 1)},
        "a wide const": {"const": list(range(19_000))},
        "990 properties": _properties(990, lambda i: {"type": "string"}, required=True),
        "390 optional properties": _properties(390, lambda i: {"type": "string"}, required=False),
        "7,000 optional properties": _properties(7_000, lambda i: {"type": "null"}, required=False),
        "required alone": {"type": "object", "required": [f"p{i}" for i in range(19_000)]},
        "patternProperties": {"type": "object", "patternProperties": {f"^{i}$": {} for i in range(2_000)}},
        "patterns, each costly": _properties(
            300,
            lambda i: {"type": "string", "pattern": f"^(a{{1,300}}b{{1,{300 + i}}}){{1,90}}$"},
            required=True,
        ),
        "patterns, each plain": _properties(
            990, lambda i: {"type": "string", "pattern": f"^[a-z]{{{i + 1}}}$"}, required=True
        ),
        "a pattern of patterns": {"type": "string", "pattern": "^((a{1,1000}){1,1000}){1,1000}$"},
        "a pattern that backtracks": {"type": "string", "pattern": "^(a|aa)+$" * 50},
        "a long pattern": {"type": "string", "pattern": "(" * 5_000 + ")" * 5_000},
        "anyOf 6,000": {"anyOf": [{"const": i} for i in range(6_000)]},
        "anyOf objects": {"anyOf": [_properties(20, lambda i: {"const": i}, required=False)] * 300},
        "oneOf 3,000": {"oneOf": [{"type": "string", "const": str(i)} for i in range(3_000)]},
        "allOf 3,000": {"allOf": [{"type": "integer", "minimum": i} for i in range(3_000)]},
        "allOf objects": {"allOf": [_properties(100, lambda i: {"type": "string"}, required=True)] * 60},
        "multipleOf a large prime": {"type": "integer", "multipleOf": 999_983},
        "multipleOf at once": {"allOf": [{"type": "integer", "multipleOf": 9_973}, {"multipleOf": 9_967}]},
        "multipleOf next to nothing": {"type": "number", "multipleOf": 1e-300},
        "bounds without end": {
            "type": "number",
            "minimum": -1e308,
            "maximum": 1e308,
            "exclusiveMinimum": 1e307,
        },
        "maxLength": {"type": "string", "minLength": 10**9, "maxLength": 10**9},
        "minItems": {"type": "array", "items": {"type": "integer"}, "minItems": 10**9},
        "maxItems": {"type": "array", "items": {"type": "array", "maxItems": 10**9}, "maxItems": 10**9},
        "prefixItems": {"type": "array", "prefixItems": [{"type": "integer"}] * 6_000},
        "long names": {"type": "object", "properties": {"n" * 200_000: {"type": "null"}}},
        "names of any character": {"type": "object", "properties": {chr(i): {} for i in range(1, 990)}},
        "no schema at all": {"type": {"a": [1]}, "properties": 3, "anyOf": "x", "required": {"a": 1}},
    }
)
