"""JSON schemas of all drafts and dialects, spelt as the one that is read here."""

import re
from typing import Any

from server.chat.constrained.kinds import misfits

# Where a schema holds others: alone, in a list, by name.
SUBSCHEMAS = ("additionalProperties", "items", "unevaluatedProperties", "unevaluatedItems", "not")
SUBSCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SUBSCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions")
COUNTS = {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
COMBINED = {"allOf", "anyOf", "oneOf", "$ref"}
# What says nothing of a value to a grammar.
NOTES = {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
# What JSON's types are called in Python, by those who write schemas by hand.
PYTHON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
    "tuple": "array",
    "none": "null",
}
FORMATS = {
    "date",
    "time",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uuid",
    "unknown",
}

UUID = "^[0-9a-f]{{8}}-[0-9a-f]{{4}}-{version}[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}$"

Schema = dict[str, Any]


def each_subschema(schema: Schema, change: Any) -> Schema:
    """The schema with every schema directly inside it changed; `change` is called with (keywords on the way, it)."""
    result = dict(schema)
    for key, value in schema.items():
        if key in SUBSCHEMAS and not isinstance(value, list):
            result[key] = change((key,), value)
        elif key in SUBSCHEMA_LISTS and isinstance(value, list):
            result[key] = [change((key,), each) for each in value]
        elif key in SUBSCHEMA_MAPS and isinstance(value, dict):
            named = key in ("$defs", "definitions")
            result[key] = {
                name: change((key, name) if named else (name,), each) for name, each in value.items()
            }
    return result


def spelt(schema: Any) -> Any:
    """The same meaning without what says nothing, and without what newer drafts say in another way.

    Reads null as absent, types by Python's names or in capitals, formats that a pattern spells out, tuples as `items`,
    draft 4's exclusive bounds, OpenAPI's `nullable`, names of properties that are listed or follow a pattern, and what
    zod writes for "never". A value that its keyword does not take stays as it is.
    """
    if not isinstance(schema, dict):
        return schema
    given = _alone(schema).items()
    node = {key: value for key, value in given if value is not None or key in ("const", "default")}
    unread = {key: node.pop(key) for key in misfits(node)}
    if node.get("not") in ({}, True):
        return False
    if node.get("not") is False or node.get("not") == {"not": {}}:
        del node["not"]
    node.pop("$schema", None)
    if node.get("uniqueItems") is False:
        del node["uniqueItems"]
    if isinstance(node.get("required"), bool):  # draft 3, of a property itself
        del node["required"]
    for key in COUNTS & node.keys():
        if isinstance(node[key], float) and node[key].is_integer():
            node[key] = int(node[key])
    _types(node)
    _format(node)
    if node.get("$recursiveRef") == "#":
        node["$ref"] = node.pop("$recursiveRef")
    for bound in ("Minimum", "Maximum"):
        _exclusive(node, bound.lower(), f"exclusive{bound}")
    _tuple(node)
    _nullable(node)
    _names(node)
    _unevaluated(node)
    return each_subschema(node, lambda _, each: spelt(each)) | unread


def _may_be(node: Schema, kind: str) -> bool:
    types = node.get("type", kind)
    return kind in types if isinstance(types, list) else types == kind


def _types(node: Schema) -> None:
    if "type" not in node:
        return
    types: list[str] = node["type"] if isinstance(node["type"], list) else [node["type"]]
    named = list(dict.fromkeys(PYTHON_TYPES.get(each.lower(), each.lower()) for each in types))
    if "any" in named:
        del node["type"]
    elif named:
        node["type"] = named if isinstance(node["type"], list) else named[0]


def _format(node: Schema) -> None:
    """A format of zod's says no more than the pattern beside it, and pydantic's `uuid4` is one."""
    form = node.get("format")
    if form and (version := re.fullmatch("uuid([1-8])", form)):
        node.setdefault("pattern", UUID.format(version=version[1]))
    elif form == "url":
        node["format"] = "uri"
    parts = (node, *node.get("allOf", []))
    spelt_out = any("pattern" in each for each in parts if isinstance(each, dict))
    if not _may_be(node, "string") or (spelt_out and form not in FORMATS):
        node.pop("format", None)


def _exclusive(node: Schema, bound: str, exclusive: str) -> None:
    if isinstance(node.get(exclusive), bool) and node.pop(exclusive) and bound in node:
        node[exclusive] = node.pop(bound)


def _tuple(node: Schema) -> None:
    rest = node.pop("additionalItems", None)
    if isinstance(node.get("items"), list):
        node["prefixItems"] = node.pop("items")
        if rest is not None:
            node["items"] = rest


def _nullable(node: Schema) -> None:
    if node.pop("nullable", False) is not True or "type" not in node:
        return
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    node["type"] = [*types, "null"] if "null" not in types else types
    if "enum" in node and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]


def _names(node: Schema) -> None:
    """Names that are any text say nothing; a list or a pattern of names says what the properties are."""
    names = spelt(node.get("propertyNames"))
    if names in (True, {}, {"type": "string"}):
        del node["propertyNames"]
        return
    if not isinstance(names, dict) or node.keys() & {"properties", "patternProperties"}:
        return
    value = node.get("additionalProperties", True)
    listed = names.get("enum", [names["const"]] if "const" in names else None)
    if listed is not None and names.keys() <= {"enum", "const", "type"}:
        node["properties"] = {name: value for name in listed if isinstance(name, str)}
    elif names.keys() in ({"pattern"}, {"pattern", "type"}):
        node["patternProperties"] = {names["pattern"]: value}
    else:
        return
    del node["propertyNames"]
    node["additionalProperties"] = False


def _alone(schema: Schema) -> Schema:
    """A list of a single schema is that schema: so older generators write a description beside a reference."""
    match schema:
        case {"allOf": [dict(part)], **notes} if notes.keys() <= NOTES:
            return _alone({**part, **notes})
    return schema


def _unevaluated(node: Schema) -> None:
    """Without alternatives, what is left over is what is not listed; with them, `closed` knows the names."""
    if node.keys() & {"if", "dependentSchemas"}:
        return
    if node.keys() & COMBINED:
        if node.get("unevaluatedProperties") is False and "patternProperties" not in node:
            del node["unevaluatedProperties"]
        return
    for kind, listed in (("unevaluatedProperties", "additionalProperties"), ("unevaluatedItems", "items")):
        if kind in node:
            node.setdefault(listed, node.pop(kind))
            node.pop(kind, None)
