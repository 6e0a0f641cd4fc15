"""Schemas with what they refer to in the place of references."""

from typing import Any

from server.chat.constrained.spelling import Schema
from server.chat.tool_calls.arguments.kinds import CONSTRAINTS, SCALARS, kind_of, resolved

# References may lead in circles, and to ever more of them: what lies deeper stays a reference.
MAX_DEPTH = 4
MAX_INLINED = 100


class Inliner:
    """Puts objects and lists in the place of references to them, within bounds for all schemas together.

    Those stay that hold a string which has to follow something: only the grammar of JSON holds it to that.
    """

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions
        self._left = MAX_INLINED

    def inlined(self, schema: Any, depth: int = MAX_DEPTH) -> Any:
        found = resolved(schema, self._definitions)
        if not isinstance(found, dict) or kind_of(found, self._definitions).types <= SCALARS:
            return schema
        if found is not schema:
            self._left -= 1
            depth -= 1
            if depth < 0 or self._left < 0:
                return schema
        inlined = dict(found)
        for key in ("items", "additionalProperties"):
            if key in found:
                inlined[key] = self.inlined(found[key], depth)
        if isinstance(properties := found.get("properties"), dict):
            inlined["properties"] = {name: self.inlined(each, depth) for name, each in properties.items()}
        for key in ("anyOf", "oneOf"):
            if isinstance(parts := found.get(key), list):
                inlined[key] = [self.inlined(each, depth) for each in parts]
        return schema if found is not schema and _constrains(inlined) else inlined


def _constrains(schema: Any) -> bool:
    """Whether a string inside has more to follow than its type."""
    if isinstance(schema, list):
        return any(map(_constrains, schema))
    if not isinstance(schema, dict):
        return False
    # A property may have the name of a keyword.
    own = any(isinstance(schema.get(keyword), str | int) for keyword in CONSTRAINTS)
    return own or any(map(_constrains, schema.values()))
