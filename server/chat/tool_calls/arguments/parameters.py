"""What the schema of a tool says of its arguments, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from server.chat.tool_calls.arguments.kinds import resolved

# Alternatives multiply where an object satisfies several lists of them.
MAX_ALTERNATIVES = 16
# References may lead in circles, and to ever more of them.
MAX_READ = 100


@dataclass(frozen=True)
class Parameters:
    """Arguments by name, with a schema each; `rest` is the schema of those whose names are free, False for none.

    `definitions` are what references lead to, and `unheld` the keywords that this way of seeing them leaves out.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    rest: Any = True
    definitions: dict[str, Any] = field(default_factory=dict)
    unheld: tuple[str, ...] = ()

    def of(self, name: str) -> Any:
        """The schema of an argument."""
        return self.properties.get(name, self.rest)

    @cached_property
    def names_with_colon(self) -> tuple[str, ...]:
        """Of all that objects inside have, the longest first."""
        names = set(_names([*self.properties.values(), self.rest, self.definitions]))
        return tuple(sorted((name for name in names if ":" in name), key=len, reverse=True))

    def and_(self, other: "Parameters") -> "Parameters":
        """Those that satisfy both."""
        names = dict.fromkeys((*self.properties, *other.properties))
        properties = {name: _both(self.of(name), other.of(name)) for name in names}
        return Parameters(
            {name: schema for name, schema in properties.items() if schema is not False},
            self.required | other.required,
            _both(self.rest, other.rest),
            self.definitions,
            tuple(dict.fromkeys(self.unheld + other.unheld)),
        )

    def or_(self, other: "Parameters") -> "Parameters":
        """Those that satisfy one of the two, as far as names and values by themselves go."""
        names = dict.fromkeys((*self.properties, *other.properties))
        return Parameters(
            {name: _either(self.of(name), other.of(name)) for name in names},
            self.required & other.required,
            _either(self.rest, other.rest),
            self.definitions,
            tuple(dict.fromkeys(self.unheld + other.unheld)),
        )


def alternatives(schema: dict[str, Any]) -> list[Parameters]:
    """What all arguments together may be, one of these."""
    definitions: dict[str, Any] = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    return [_with_required(each) for each in _Alternatives(definitions).of(schema)]


def any_of(several: list[Parameters]) -> Parameters:
    """The names and values that one of several may have."""
    first, *others = several
    for other in others:
        first = first.or_(other)
    return first


class _Alternatives:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._left = MAX_READ

    def of(self, schema: Any) -> list[Parameters]:
        schema = resolved(schema, self._definitions)
        self._left -= 1
        if not isinstance(schema, dict) or self._left < 0:
            unheld = () if schema is True else ("schema",)
            return [Parameters(definitions=self._definitions, unheld=unheld)]
        found = [_own(schema, self._definitions)]
        for part in _list(schema, "allOf"):
            found = self._product(found, self.of(part), "allOf")
        for key in ("anyOf", "oneOf"):
            several = [each for part in _list(schema, key) if part is not False for each in self.of(part)]
            found = self._product(found, several, key) if several else found
        return found

    def _product(self, some: list[Parameters], others: list[Parameters], keyword: str) -> list[Parameters]:
        if len(some) * len(others) <= MAX_ALTERNATIVES:
            return [one.and_(other) for one in some for other in others]
        loose = any_of(some).and_(any_of(others))
        return [replace(loose, unheld=tuple(dict.fromkeys((*loose.unheld, keyword))))]


def _own(schema: dict[str, Any], definitions: dict[str, Any]) -> Parameters:
    """What a schema says itself, beside what it combines."""
    properties, patterns = _dict(schema, "properties"), _dict(schema, "patternProperties")
    required = frozenset(name for name in _list(schema, "required") if isinstance(name, str))
    rest, unheld = schema.get("additionalProperties", True), []
    if patterns:
        # Which pattern a name follows would say which of the values it has.
        unheld.append("patternProperties")
        for each in patterns.values():
            rest = _either(rest, each)
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if isinstance(least, int) and least > len(required):
        unheld.append("minProperties")
    if isinstance(most, int) and (rest is not False or most < len(properties)):
        unheld.append("maxProperties")
    unheld += [keyword for keyword in ("const", "enum") if keyword in schema]
    return Parameters(
        {name: each for name, each in properties.items() if each is not False},
        required,
        rest,
        definitions,
        tuple(unheld),
    )


def _with_required(parameters: Parameters) -> Parameters:
    """Names that are required and nowhere described may have what those without a name may."""
    missing = sorted(parameters.required - parameters.properties.keys())
    return parameters.and_(Parameters(dict.fromkeys(missing, parameters.rest)))


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _names(each)
    elif isinstance(schema, dict):
        yield from _dict(schema, "properties")
        for each in schema.values():
            yield from _names(each)


def _dict(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return schema[key] if isinstance(schema.get(key), dict) else {}


def _list(schema: dict[str, Any], key: str) -> list[Any]:
    return schema[key] if isinstance(schema.get(key), list) else []


def _both(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if _says_nothing(one) or one == other:
        return other
    return one if _says_nothing(other) else {"allOf": [one, other]}


def _either(one: Any, other: Any) -> Any:
    if one is False or one == other:
        return other
    if other is False:
        return one
    if _says_nothing(one) or _says_nothing(other):
        return True
    return {"anyOf": [*_parts(one), *(part for part in _parts(other) if part not in _parts(one))]}


def _parts(schema: Any) -> list[Any]:
    """Those of alternatives that say no more than that they are."""
    match schema:
        case {"anyOf": list(parts), **others} if not others:
            return parts
    return [schema]


def _says_nothing(schema: Any) -> bool:
    return schema is True or schema == {}
