"""Objects with the properties that their schema names, and no others."""

from collections.abc import Collection, Iterator
from typing import Any

from server.chat.constrained.spelling import COMBINED, Schema, each_subschema

# References may lead in circles, and to ever more of them.
MAX_RESOLVED = 1000
MAX_DEPTH = 20


def closed(schema: Any, *, strict: bool = False) -> Any:
    """The schema with no properties but those that it names; where it says otherwise, only if `strict`.

    Tools' schemas mostly leave `additionalProperties` open, and a small model fills the gap with inventions. A schema
    of its own for further properties stays: that is how maps are written.
    """
    return _Closing(schema, strict).close(schema)


class _Closing:
    def __init__(self, root: Any, strict: bool) -> None:
        self._root = root
        self._strict = strict
        self._left = MAX_RESOLVED
        self._behind: list[Any] = []

    def close(self, schema: Any, beside: Collection[str] = ()) -> Any:
        """`beside` are names that stand around this schema, where it is one of several alternatives."""
        if not isinstance(schema, dict):
            return schema
        node = each_subschema(schema, lambda way, each: each if way[0] in COMBINED else self.close(each))
        if isinstance(schema.get("allOf"), list):
            node["allOf"] = [self._values_closed(each) for each in schema["allOf"]]
        alternatives = [key for key in ("anyOf", "oneOf") if isinstance(schema.get(key), list)]
        if alternatives:
            return node | self._alternatives_closed(schema, alternatives, beside)
        if self._says_otherwise(node) or not (
            beside or node.keys() & {"properties", "allOf"} or self._bare(node)
        ):
            return node
        names = [*self._names(schema), *beside]
        if not isinstance(node.get("properties", {}), dict) or (not names and "allOf" in node):
            return node
        if "$ref" in node:
            node["allOf"] = [self._values_closed({"$ref": node.pop("$ref")}), *node.get("allOf", [])]
        node["properties"] = dict.fromkeys(names, True) | node.get("properties", {})
        node["additionalProperties"] = False
        # Who lists properties means an object; a schema means anything else too.
        node.setdefault("type", "object")
        return node

    def _alternatives_closed(self, schema: Schema, keys: list[str], beside: Collection[str]) -> Schema:
        """Each alternative knows the names beside it, and then the whole need not be closed."""
        if self._says_otherwise(schema):
            return {key: [self._values_closed(each) for each in schema[key]] for key in keys}
        common = {key: value for key, value in schema.items() if key not in keys}
        names = dict.fromkeys([*self._names(common), *beside])
        return {key: [self.close(each, names) for each in schema[key]] for key in keys}

    def _bare(self, node: Schema) -> bool:
        """An object that names nothing is empty where strict."""
        return self._strict and node.get("type") == "object" and not node.keys() & COMBINED

    def _says_otherwise(self, node: Schema) -> bool:
        if "patternProperties" in node:
            return True
        rest = node.get("additionalProperties")
        return rest is not None and rest is not False and not (self._strict and self._open(node))

    def _values_closed(self, schema: Any, depth: int = 0) -> Any:
        """A part of an object: its properties' values are closed, and it is not."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        # What refers to itself is closed where it is defined.
        if depth < MAX_DEPTH and (reference is None or reference not in self._behind):
            schema = self._resolved(schema)
        if not isinstance(schema, dict):
            return schema
        self._behind.append(reference)

        def change(way: tuple[str, ...], each: Any) -> Any:
            return self._values_closed(each, depth + 1) if way[0] in COMBINED else self.close(each)

        node = each_subschema(schema, change)
        self._behind.pop()
        if node.get("additionalProperties") is False or (self._strict and self._open(node)):
            del node["additionalProperties"]
        return node

    def _open(self, node: Schema) -> bool:
        return node.get("additionalProperties") in (True, {})

    def _resolved(self, schema: Any) -> Any:
        """What references within the schema lead to."""
        while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and self._left:
            self._left -= 1
            found = self._find(schema["$ref"])
            if not isinstance(found, dict):
                break
            schema = found | {key: value for key, value in schema.items() if key != "$ref"}
        return schema

    def _find(self, reference: str) -> Any:
        found = self._root
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found if reference.startswith("#/") else None

    def _names(self, schema: Any, depth: int = 0) -> Iterator[str]:
        """Every property that an object of this schema may have by name."""
        schema = self._resolved(schema)
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        if isinstance(schema.get("required"), list):
            yield from (name for name in schema["required"] if isinstance(name, str))
        for key in ("allOf", "anyOf", "oneOf"):
            parts = schema.get(key)
            for each in parts if isinstance(parts, list) else []:
                yield from self._names(each, depth + 1)
