"""What a value may be, as its schema tells."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from server.chat.constrained.bounds import target
from server.chat.constrained.spelling import NOTES, Schema

TYPES = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})
# What says more of a string than its type.
CONSTRAINTS = ("pattern", "format", "minLength", "maxLength")
SCALARS = TYPES - {"array", "object"}
# References may lead in circles.
MAX_STEPS = 20
# And to ever more of them, in lists of alternatives and of values: what is beyond this is JSON.
MAX_NESTED = 2
MAX_PARTS = 16
MAX_VALUES_BEHIND_REFS = 256
# So is a list of which more than so many items are counted.
MAX_ITEMS = 100
ITEMS_ONLY = NOTES | {"type", "items", "minItems", "maxItems"}


@dataclass(frozen=True)
class Kind:
    """The types that a value may have; its `values`, if there are only so many; how its strings are constrained."""

    types: frozenset[str]
    values: tuple[Any, ...] | None = None
    constraints: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it can stand there without quotation marks: a string, or null in place of one that may be any."""
        return self.types == {"string"} or (self.types == {"string", "null"} and not self.constraints)

    @property
    def may_be_text(self) -> bool:
        """Whether some of its values can stand there so."""
        return self.is_text or ("string" in self.types and not self.constraints)

    def may_be(self, value: Any) -> bool:
        """Whether a value of this type may stand here."""
        return _type(value) in self.types


ANYTHING = Kind(TYPES, constraints=CONSTRAINTS)


def kind_of(schema: Any, definitions: Schema, nested: int = MAX_NESTED) -> Kind:
    behind = {} if schema is True else resolved(schema, definitions)
    if not isinstance(behind, dict) or "allOf" in behind:
        return ANYTHING
    for values in ([behind["const"]] if "const" in behind else None, behind.get("enum")):
        if isinstance(values, list):
            many = behind is not schema and len(values) > MAX_VALUES_BEHIND_REFS
            return ANYTHING if many else Kind(frozenset(map(_type, values)), tuple(values))
    types = behind["type"] if isinstance(behind.get("type"), list) else [behind.get("type")]
    own = frozenset(each for each in types if isinstance(each, str)) or TYPES
    for key in ("anyOf", "oneOf"):
        if isinstance(parts := behind.get(key), list):
            if not nested or len(parts) > MAX_PARTS:
                return ANYTHING
            kinds = [kind_of(part, definitions, nested - 1) for part in parts]
            return _any_of([Kind(kind.types & own, kind.values, kind.constraints) for kind in kinds])
    if own == {"null"}:
        return Kind(own, (None,))
    return Kind(own, None, tuple(keyword for keyword in CONSTRAINTS if keyword in behind))


def resolved(schema: Any, definitions: Schema) -> Any:
    """What references, and a list of a single schema, lead to."""
    for _ in range(MAX_STEPS):
        match schema:
            case {"$ref": str(reference)}:
                key, found = "$ref", target(definitions, reference)
            case {"allOf": [found]}:
                key = "allOf"
            case _:
                return schema
        beside = {name: value for name, value in schema.items() if name != key}
        if not isinstance(found, dict) or any(
            found[name] != beside[name] for name in found.keys() & beside.keys() - NOTES
        ):
            return schema
        schema = {**found, **beside}
    return schema


def parts_of(schema: Any, definitions: Schema, nested: int = MAX_NESTED) -> list[Any]:
    """The schemas of which a value satisfies one; the schema itself, where that says more than a list of them, or
    refers to an object or a list."""
    behind = {} if schema is True else resolved(schema, definitions)
    if not isinstance(behind, dict):
        return [schema]
    says = behind.keys() - NOTES - {"$defs", "definitions"}
    if not says:
        return [{"type": each} for each in sorted(TYPES - {"integer"})]
    if isinstance(types := behind.get("type"), list) and not says & {"enum", "const", "anyOf", "oneOf"}:
        return [{**behind, "type": each} for each in types]
    for key in ("anyOf", "oneOf"):
        if says == {key} and isinstance(alternatives := behind[key], list) and alternatives:
            if not nested or len(alternatives) > MAX_PARTS:
                return [schema]
            parts = [part for each in alternatives for part in parts_of(each, definitions, nested - 1)]
            # A string that has to follow something is held by the grammar of JSON only.
            return [schema] if any(kind_of(part, definitions).constraints for part in parts) else parts
    return [behind] if kind_of(behind, definitions).types <= SCALARS else [schema]


class Items(NamedTuple):
    """The schema of a list's items, and how many there are at least and at most."""

    schema: Schema
    least: int
    most: int | None


def items_of(schema: Any) -> Items | None:
    """Those of a list of items that are all of one kind; None if it is no such list."""
    match schema:
        case {"type": "array", "items": dict(items)} if schema.keys() <= ITEMS_ONLY:
            least, most = schema.get("minItems", 0), schema.get("maxItems")
            if isinstance(least, int) and least <= MAX_ITEMS and isinstance(most, int | None):
                return Items(items, least, most) if most is None or least <= most <= MAX_ITEMS else None
    return None


def _any_of(kinds: list[Kind]) -> Kind:
    types = frozenset(name for kind in kinds for name in kind.types)
    listed = [kind.values for kind in kinds if kind.values is not None]
    values = tuple(value for each in listed for value in each) if len(listed) == len(kinds) else None
    constraints = [keyword for kind in kinds for keyword in kind.constraints]
    # A string of a list beside a string of any kind is held by the grammar of JSON only.
    mixed = CONSTRAINTS if values is None and any("string" in map(_type, each) for each in listed) else ()
    return Kind(types, values, tuple(dict.fromkeys([*constraints, *mixed])))


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"
