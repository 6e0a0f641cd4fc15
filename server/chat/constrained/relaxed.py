"""JSON schemas as decoding is held to them: to all of it, or to as much as can be held."""

from functools import lru_cache
from typing import Any

from server.chat.constrained.closing import closed
from server.chat.constrained.json_schema import (
    ANY_OBJECT,
    Held,
    UnsupportedSchema,
    bounded,
    check,
    ending,
    refuse_misfits,
)
from server.chat.constrained.kinds import misfits
from server.chat.constrained.spelling import FORMATS, Schema, each_subschema, spelt

TYPES = {"string", "number", "integer", "boolean", "null", "array", "object"}
MAX_TRIED = 200

# What llguidance has no way to hold.
UNHELD = {
    *("not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains", "propertyNames"),
    *("dependencies", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
    *("$dynamicRef", "$recursiveRef"),
}


def strictly_held(schema: Schema) -> Held:
    """The schema with all its objects closed; raises UnsupportedSchema rather than enforce half of it."""
    spelling = spelt(schema)
    refuse_misfits(spelling)
    node = closed(ending(spelling), strict=True)
    try:
        check(node)
    except UnsupportedSchema as error:
        unheld = held_as_far_as_possible(schema).unheld
        raise UnsupportedSchema(f"{unheld[0]}: {error}" if unheld else str(error)) from error
    return Held(node)


def held_as_far_as_possible(schema: Any) -> Held:
    """What cannot be held is left out, and named by the way to it: `tags.uniqueItems`.

    At the very least, the value has the type that the schema gives. Raises UnsupportedSchema for one that is too long.
    """
    bounded(schema)
    relaxing = _Relaxing()
    node = closed(ending(relaxing.relax(spelt(schema), ())))
    kept = relaxing.keep(node, (), {})
    return Held(kept if isinstance(kept, dict) else ANY_OBJECT, tuple(dict.fromkeys(relaxing.unheld)))


class _Relaxing:
    def __init__(self) -> None:
        self.unheld: list[str] = []
        self._left = MAX_TRIED

    def relax(self, schema: Any, way: tuple[str, ...]) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            self._leave_out(way, "schema")
            return {}
        unread = misfits(schema)
        node = dict(schema)
        for key, value in schema.items():
            if key in unread or not _can_be_held(key, value):
                self._leave_out(way, key)
                del node[key]
        if schema.keys() - node.keys() >= {"patternProperties"} and node.get("additionalProperties") is False:
            del node["additionalProperties"]
        return each_subschema(node, lambda on, each: self.relax(each, way + on))

    def keep(self, schema: Any, way: tuple[str, ...], definitions: Schema) -> Any:
        """The schema, or of one that does not compile as much as does."""
        if not isinstance(schema, dict) or self._compiles(definitions, schema):
            return schema
        definitions = definitions | {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        node = each_subschema(schema, lambda on, each: self.keep(each, way + on, definitions))
        if self._compiles(definitions, node):
            return node
        for key in [key for key in node if key not in ("$defs", "definitions", "type")]:
            less = {other: value for other, value in node.items() if other != key}
            if key == "oneOf":  # alternatives that overlap: any of them, then
                less["anyOf"] = node[key]
            if self._compiles(definitions, less):
                self._leave_out(way, key)
                return less
        self._leave_out(way, "schema")
        return self._rest(node, definitions)

    def _rest(self, node: Schema, definitions: Schema) -> Schema:
        """The type, and those of the properties that compile beside each other."""
        kind = {"type": node["type"]} if "type" in node else {}
        if not self._compiles(definitions, kind):
            return {}
        kept: Schema = {}
        for name, value in node.get("properties", {}).items():
            if self._compiles(definitions, kind | {"properties": kept | {name: value}}):
                kept[name] = value
        return kind | {"properties": kept} if kept else kind

    def _compiles(self, definitions: Schema, schema: Schema) -> bool:
        self._left -= 1
        return self._left > 0 and _compiles({**definitions, **schema})

    def _leave_out(self, way: tuple[str, ...], keyword: str) -> None:
        self.unheld.append(".".join((*way, keyword)))


def _can_be_held(key: str, value: Any) -> bool:
    """Of a value that fits its keyword."""
    match key:
        case "type":
            types = value if isinstance(value, list) else [value]
            return bool(types) and TYPES.issuperset(types)
        case "format":
            return value in FORMATS
        case "pattern":
            return _pattern_compiles(value)
        case "patternProperties":
            return all(map(_pattern_compiles, value))
        case "enum":
            return bool(value)
    return key not in UNHELD


@lru_cache(maxsize=256)
def _pattern_compiles(pattern: str) -> bool:
    return _compiles({"type": "string", "pattern": pattern})


def _compiles(schema: Schema) -> bool:
    try:
        check(schema)
    except UnsupportedSchema:
        return False
    return True
