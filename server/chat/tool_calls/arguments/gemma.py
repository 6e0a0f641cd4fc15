"""Arguments as Gemma 4 writes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from server.chat.constrained.spelling import NOTES, Schema
from server.chat.tool_calls.arguments.kinds import Kind, items_of, kind_of, parts_of
from server.chat.tool_calls.arguments.named_values import Pythonic
from server.chat.tool_calls.arguments.notation import Literal, quoted
from server.chat.tool_calls.arguments.parameters import Parameters, alternatives
from server.chat.tool_calls.arguments.values import QUOTE


class Gemma(Pythonic):
    """Names in alphabetical order, and a quotation mark of its own in all depths."""

    equals, separator = ":", ","

    def unheld(self, parameters: Parameters) -> list[str]:
        named = [*parameters.properties.items(), ("additionalProperties", parameters.rest)]
        return [way for name, schema in named for way in self._loose(name, schema, parameters.definitions)]

    def _loose(self, way: str, schema: Any, definitions: Schema) -> Iterator[str]:
        """What strings in this form are not held to, wherever `_value` writes some."""
        for part in parts_of(schema, definitions):
            kind = kind_of(part, definitions)
            if kind.types == {"string"} and kind.values is None:
                yield from (f"{way}.{keyword}" for keyword in kind.constraints)
            elif items := items_of(part):
                yield from self._loose(f"{way}.items", items, definitions)
            elif fields := _fields(part, definitions):
                for name, field in fields.properties.items():
                    yield from self._loose(f"{way}.{name}", field, definitions)

    def _in_order(self, properties: dict[str, Any]) -> list[tuple[str, Any]]:
        return sorted(properties.items())

    def _single(self, rule: str, schema: Any, definitions: Schema, literal: Literal) -> list[str] | None:
        if fields := _fields(schema, definitions):
            inside, *others = self.rules(f"{rule}_field", fields, literal)
            return [f'"{{" {inside} "}}"', *others]
        return super()._single(rule, schema, definitions, literal)

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


def _fields(schema: Any, definitions: Schema) -> Parameters | None:
    """The members of an object that lists them all; None if it is no such object."""
    known = NOTES | {"type", "properties", "required", "additionalProperties"}
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return None
    [fields] = alternatives({**definitions, **schema}) if schema.keys() <= known else [Parameters()]
    return fields if fields.rest is False else None
