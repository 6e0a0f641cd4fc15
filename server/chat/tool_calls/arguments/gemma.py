"""Arguments as Gemma 4 writes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from server.chat.constrained.spelling import NOTES, Schema
from server.chat.tool_calls.arguments.kinds import Kind, items_of, kind_of, parts_of
from server.chat.tool_calls.arguments.named_values import Pythonic, with_inlined
from server.chat.tool_calls.arguments.notation import Literal, as_json, free_name, quoted
from server.chat.tool_calls.arguments.parameters import Parameters, alternatives
from server.chat.tool_calls.arguments.values import QUOTE


class Gemma(Pythonic):
    """Names in alphabetical order, and a quotation mark of its own in all depths."""

    equals, separator = ":", ","
    free_names = r"""[^\s:,{}()<>"'\[\]][^\n:,{}()<>"'\[\]]*"""

    def unheld(self, parameters: Parameters) -> list[str]:
        return list(self._loose_of(with_inlined(parameters)))

    def _loose_of(self, parameters: Parameters, way: str = "") -> Iterator[str]:
        for name, schema in (*parameters.properties.items(), ("additionalProperties", parameters.rest)):
            yield from self._loose(f"{way}{name}", schema, parameters.definitions)

    def _loose(self, way: str, schema: Any, definitions: Schema) -> Iterator[str]:
        """What strings in this form are not held to, wherever `_value` writes some."""
        for part in parts_of(schema, definitions):
            kind = kind_of(part, definitions)
            if kind.types == {"string"} and kind.values is None:
                yield from (f"{way}.{keyword}" for keyword in kind.constraints)
            elif items := items_of(part):
                yield from self._loose(f"{way}.items", items.schema, definitions)
            elif fields := _fields(part, definitions):
                yield from self._loose_of(fields, f"{way}.")

    def _in_order(self, properties: dict[str, Any]) -> list[tuple[str, Any]]:
        return sorted(properties.items())

    def _single(self, rule: str, schema: Any, definitions: Schema, literal: Literal) -> list[str] | None:
        if fields := _fields(schema, definitions):
            inside, *others = self._rules(f"{rule}_field", fields, literal)
            # Of free names, some need quotation marks.
            free = "" if fields.rest is False else f" | {as_json(schema, definitions)}"
            return [f'("{{" {inside} "}}"{free})', *others]
        if kind := _open(schema):
            any_value = self._anything(f"{rule}_any", literal)
            return [f"({rule}_any_{kind} | {as_json(schema, definitions)})", *any_value]
        return super()._single(rule, schema, definitions, literal)

    def _anything(self, rule: str, literal: Literal) -> list[str]:
        """Rules for a value of any type, and for an object or a list of such."""
        name, member = f"{rule}_NAME".upper(), f"{rule}_member"
        string, *others = self._string(rule, Kind(frozenset({"string"})), "", literal)
        scalar = as_json({"type": ["number", "boolean", "null"]}, {})
        return [
            f"{rule}: {rule}_object | {rule}_array | {string} | {scalar}",
            f'{rule}_object: "{{" ({member} ("," {member})*)? "}}"',
            f'{rule}_array: "[" ({rule} ("," {rule})*)? "]"',
            f'{member}: {name} ":" {rule}',
            free_name(name, self.free_names, ()),
            *others,
        ]

    def _booleans(self) -> list[str]:
        return ["true", "false"]

    def _string(self, rule: str, kind: Kind, json_string: str, literal: Literal) -> list[str]:
        quote = literal(QUOTE)
        if quote.startswith("<["):  # a token, which no text can hold
            return [f"{quote} {rule}_text {quote}", f"{rule}_text: /(.|\\n)*/"]
        return [f"{quote} {rule}_text", f"{rule}_text[lazy]: /(.|\\n)*{re.escape(QUOTE)}/"]

    def _spellings(self, value: str | bool | None, literal: Literal) -> list[str]:
        if isinstance(value, str):
            return [f"{literal(QUOTE)} {quoted(value)} {literal(QUOTE)}"]
        return [quoted(json.dumps(value)), *([quoted("None")] if value is None else [])]

    def _written(self, value: Any) -> str:
        match value:
            case str() if QUOTE not in value:
                return f"{QUOTE}{value}{QUOTE}"
            case dict():
                return f"{{{self.write(value)}}}"
            case list():
                return f"[{','.join(map(self._written, value))}]"
        return json.dumps(value, ensure_ascii=False)


def _open(schema: Any) -> str:
    """The type of an object or a list that says nothing of what is inside; empty if it is no such schema."""
    match schema:
        case {"type": "object" | "array" as kind} if schema.keys() <= NOTES | {
            "type",
            "additionalProperties",
        }:
            inside = schema.get("additionalProperties", True)
            return str(kind) if inside is True or inside == {} else ""
    return ""


def _fields(schema: Any, definitions: Schema) -> Parameters | None:
    """The members of an object that describes them all; None if it is no such object."""
    known = NOTES | {"type", "properties", "required", "additionalProperties"}
    if not isinstance(schema, dict) or schema.get("type") != "object" or not schema.keys() <= known:
        return None
    [fields] = alternatives({**definitions, **schema})
    return fields if fields.rest is False or (isinstance(fields.rest, dict) and fields.rest) else None
