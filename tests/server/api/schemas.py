"""JSON schemas across the keywords of draft 2020-12."""

from typing import Any

Schema = dict[str, Any]


def thing(**properties: Any) -> Schema:
    """A closed object, all of whose properties are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listing(items: Any, least: int = 1, most: int = 3, **more: Any) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most, **more}


WORD: Schema = {"type": "string", "pattern": "^[a-z]{2,12}$"}
SHORT: Schema = {"type": "string", "maxLength": 20}
DIGIT: Schema = {"type": "integer", "minimum": 0, "maximum": 9}

# Each of these has to be satisfied.
HELD: dict[str, Schema] = {
    "string": thing(name=SHORT),
    "integer": thing(count={"type": "integer", "minimum": -99999, "maximum": 99999}),
    "number": thing(price={"type": "number", "minimum": 0, "maximum": 1000}),
    "boolean": thing(open={"type": "boolean"}),
    "null": thing(nothing={"type": "null"}),
    "a type or null": thing(nickname={"type": ["string", "null"], "maxLength": 12}),
    "several types": thing(value={"type": ["integer", "boolean"], "minimum": 0, "maximum": 5}),
    "enum of strings": thing(unit={"enum": ["celsius", "fahrenheit"]}),
    "enum of mixed types": thing(level={"enum": [1, "two", None, True]}),
    "enum of objects": thing(point={"enum": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}),
    "const": thing(kind={"const": "invoice"}),
    "const object": thing(head={"const": {"version": 1, "tags": ["a", "b"]}}),
    "one after another": thing(a=DIGIT, b=WORD, c={"type": "boolean"}),
    "optional properties": {
        "type": "object",
        "properties": {"a": DIGIT, "b": DIGIT},
        "required": ["b"],
        "additionalProperties": False,
    },
    "nested objects": thing(a=thing(b=thing(c=thing(d=DIGIT)))),
    "required but not described": {
        "type": "object",
        "properties": {},
        "required": ["x"],
        "additionalProperties": DIGIT,
    },
    "additionalProperties false": thing(),
    "additionalProperties with a schema": thing(
        scores={"type": "object", "additionalProperties": DIGIT, "maxProperties": 1}
    ),
    "patternProperties": thing(
        settings={
            "type": "object",
            "properties": {"x_a": DIGIT},
            "patternProperties": {"^x_": DIGIT},
            "additionalProperties": False,
            "required": ["x_a"],
            "maxProperties": 1,
        }
    ),
    "array of strings": thing(tags=listing(WORD)),
    "array of numbers": thing(values=listing({"type": "number", "minimum": 0, "maximum": 1}, 2, 4)),
    "array of objects": thing(people=listing(thing(name=SHORT, age=DIGIT))),
    "array of arrays": thing(matrix=listing(listing(DIGIT, 2, 2), 2, 2)),
    "array of unions": thing(items=listing({"anyOf": [DIGIT, WORD, thing(x=DIGIT)]}, 2, 4)),
    "empty array": thing(none={"type": "array", "maxItems": 0}),
    "array of a fixed length": thing(rgb=listing({"type": "integer", "minimum": 0, "maximum": 255}, 3, 3)),
    "prefixItems": thing(pair={"type": "array", "prefixItems": [WORD, DIGIT], "items": False, "minItems": 2}),
    "prefixItems and items": thing(
        row={"type": "array", "prefixItems": [WORD], "items": DIGIT, "minItems": 3, "maxItems": 3}
    ),
    "an array at the top": listing(WORD, 2, 3),
    "a string at the top": {"type": "string", "maxLength": 30},
    "a number at the top": {"type": "integer", "minimum": 1, "maximum": 6},
    "minLength": thing(text={"type": "string", "minLength": 5, "maxLength": 30}),
    "maxLength": thing(text={"type": "string", "maxLength": 3}),
    "an exact length": thing(code={"type": "string", "minLength": 4, "maxLength": 4}),
    "pattern": thing(plate={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}),
    "pattern with a choice": thing(size={"type": "string", "pattern": "^(S|M|L|XL)$"}),
    "pattern anywhere": thing(word={"type": "string", "pattern": "^[a-z]{0,5}x[a-z]{0,5}$"}),
    "pattern with classes": thing(phone={"type": "string", "pattern": "^\\+\\d{2} \\d{3} \\d{4}$"}),
    "date": thing(day={"type": "string", "format": "date"}),
    "time": thing(at={"type": "string", "format": "time", "maxLength": 20}),
    "date-time": thing(at={"type": "string", "format": "date-time"}),
    "duration": thing(lasts={"type": "string", "format": "duration"}),
    "email": thing(mail={"type": "string", "format": "email", "maxLength": 40}),
    "hostname": thing(host={"type": "string", "format": "hostname"}),
    "ipv4": thing(address={"type": "string", "format": "ipv4"}),
    "ipv6": thing(address={"type": "string", "format": "ipv6"}),
    "uri": thing(link={"type": "string", "format": "uri", "maxLength": 60}),
    "uuid": thing(id={"type": "string", "format": "uuid"}),
    "minimum and maximum": thing(age={"type": "integer", "minimum": 18, "maximum": 99}),
    "exclusive bounds": thing(share={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    "negative bounds": thing(depth={"type": "integer", "minimum": -50, "maximum": -10}),
    "multipleOf": thing(minutes={"type": "integer", "multipleOf": 15, "minimum": 0, "maximum": 90}),
    "anyOf": thing(id={"anyOf": [DIGIT, WORD]}),
    "anyOf of objects": thing(shape={"anyOf": [thing(radius=DIGIT), thing(width=DIGIT, height=DIGIT)]}),
    "oneOf told apart by a constant": thing(
        pet={"oneOf": [thing(kind={"const": "cat"}, lives=DIGIT), thing(kind={"const": "dog"}, tricks=DIGIT)]}
    ),
    "oneOf of types": thing(id={"oneOf": [DIGIT, WORD]}),
    "allOf": thing(word={"allOf": [{"type": "string"}, {"minLength": 2}, {"maxLength": 9}]}),
    "allOf of objects": {
        "allOf": [
            {"type": "object", "properties": {"a": DIGIT}, "required": ["a"]},
            {"type": "object", "properties": {"b": DIGIT}, "required": ["b"]},
        ],
        "properties": {"a": True, "b": True},
        "additionalProperties": False,
    },
    "$ref": {
        **thing(first={"$ref": "#/$defs/digit"}, second={"$ref": "#/$defs/digit"}),
        "$defs": {"digit": DIGIT},
    },
    "$ref to definitions": {**thing(a={"$ref": "#/definitions/d"}), "definitions": {"d": DIGIT}},
    "$ref beside other keywords": {
        **thing(a={"$ref": "#/$defs/int", "minimum": 3, "maximum": 5}),
        "$defs": {"int": {"type": "integer"}},
    },
    "recursion to a depth": {
        **thing(name=WORD, left={"anyOf": [{"$ref": "#/$defs/leaf"}, {"type": "null"}]}),
        "$defs": {"leaf": thing(name=WORD)},
    },
    "a recursive list": {
        "$ref": "#/$defs/node",
        "$defs": {"node": thing(value=DIGIT, next={"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]})},
    },
    "a recursive tree": {
        "$ref": "#/$defs/folder",
        "$defs": {
            "folder": thing(
                name=WORD, inside={"type": "array", "items": {"$ref": "#/$defs/folder"}, "maxItems": 1}
            )
        },
    },
    "unicode names": thing(姓名=SHORT, 年龄=DIGIT),
    "unicode values": thing(城市={"enum": ["北京", "上海", "München"]}),
    "names that need escapes": thing(**{'say "hi"': DIGIT, "back\\slash": DIGIT, "new\nline": DIGIT}),
    "annotations": {
        "title": "Count",
        "description": "how many",
        "$comment": "none",
        **thing(n={**DIGIT, "default": 3, "examples": [1], "deprecated": False, "readOnly": True}),
    },
    "$schema and $id": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.com/n",
        **thing(n=DIGIT),
    },
    "unknown keywords are annotations": thing(n={**DIGIT, "nullable": False, "x-order": 1}),
    "many properties": thing(**{f"field_{i}": DIGIT for i in range(20)}),
    "a big enum": thing(code={"enum": [f"C{i:03}" for i in range(300)]}),
    "items as a list": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **thing(a={"type": "array", "items": [WORD, DIGIT], "minItems": 2, "maxItems": 2}),
    },
    "unevaluatedProperties": {**thing(a=DIGIT), "unevaluatedProperties": False},
    "names from a list": {
        "type": "object",
        "propertyNames": {"enum": ["a", "b"]},
        "additionalProperties": DIGIT,
    },
    "uniqueItems false": thing(a=listing(DIGIT, uniqueItems=False)),
    "an open object": {"type": "object", "properties": {"a": DIGIT}, "required": ["a"], "maxProperties": 1},
}

# Each of these has to be refused, with these words.
REFUSED: dict[str, tuple[Schema, str]] = {
    "not": (thing(a={"not": {"type": "string"}}), "not"),
    "if": (thing(a={"if": {"minimum": 3}, "then": {"maximum": 5}}), "if"),
    "uniqueItems": (thing(a=listing(DIGIT, uniqueItems=True)), "uniqueItems"),
    "contains": (thing(a=listing(DIGIT, contains={"const": 3})), "contains"),
    "propertyNames": ({"type": "object", "propertyNames": {"maxLength": 3}}, "propertyNames"),
    "dependentRequired": ({"type": "object", "dependentRequired": {"a": ["b"]}}, "dependentRequired"),
    "dependentSchemas": ({"type": "object", "dependentSchemas": {"a": {}}}, "dependentSchemas"),
    "unevaluatedItems": (
        {"type": "array", "anyOf": [{"prefixItems": [DIGIT]}], "unevaluatedItems": False},
        "unevaluatedItems",
    ),
    "an overlapping oneOf": (
        thing(a={"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 2}]}),
        "oneOf",
    ),
    "look-around": (thing(a={"type": "string", "pattern": "(?=x)y"}), "look-around"),
    "an unknown format": (thing(a={"type": "string", "format": "isbn"}), "isbn"),
    "a remote $ref": (thing(a={"$ref": "https://example.com/schema.json"}), "example.com"),
    "bounds that nothing meets": ({"type": "integer", "minimum": 5, "maximum": 2}, "minimum"),
    "a property that nothing can be": (thing(a=False), "'a' is unsatisfiable"),
    "an unknown type": (thing(a={"type": "colour"}), "colour"),
    "minProperties with free names": ({"type": "object", "minProperties": 2}, "minProperties"),
}
