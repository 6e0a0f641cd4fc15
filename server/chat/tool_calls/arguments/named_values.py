"""Arguments as names with values, such as `city="Oslo", days=3`."""

import json
import re
from typing import Any

from server.chat.constrained.json_schema import Held
from server.chat.tool_calls.arguments.elements import choices
from server.chat.tool_calls.arguments.notation import Literal, Notation, chain
from server.chat.tool_calls.arguments.values import QUOTE, Incomplete, read_value


class Pythonic(Notation):
    """As in a call of a Python function: LFM2's way."""

    equals, separator = "=", ", "

    def rules(self, name: str, held: Held, literal: Literal) -> list[str]:
        schema = held.schema
        required = schema.get("required", [])
        definitions: dict[str, Any] = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        elements, rules = [], []
        for i, (key, value) in enumerate(self._in_order(schema.get("properties", {}))):
            symbol, *others = self._value(f"{name}_{i}", value, definitions, literal)
            elements.append((f"{name}_{i}", key in required))
            rules += [f"{name}_{i}: {json.dumps(key + self.equals, ensure_ascii=False)} {symbol}", *others]
        return [*chain(name, elements, json.dumps(self.separator)), *rules]

    def read(self, text: str, schema: dict[str, Any], after: str) -> tuple[str, str] | None:
        arguments: dict[str, Any] = {}
        names = sorted(schema.get("properties", {}), key=len, reverse=True)
        at = 0
        while not text.startswith(after, at):
            name = next((name for name in names if text.startswith(name + self.equals, at)), None)
            if name is None:
                return None
            try:
                arguments[name], at = read_value(text, at + len(name + self.equals))
            except Incomplete:
                return None
            if text.startswith(self.separator, at):
                at += len(self.separator)
        return json.dumps(arguments, ensure_ascii=False), text[at + len(after) :]

    def write(self, arguments: dict[str, Any]) -> str:
        written = (f"{key}{self.equals}{self._written(value)}" for key, value in self._in_order(arguments))
        return self.separator.join(written)

    def _in_order(self, properties: dict[str, Any]) -> list[tuple[str, Any]]:
        return list(properties.items())

    def _value(self, rule: str, schema: Any, definitions: dict[str, Any], literal: Literal) -> list[str]:
        """A symbol for a value, and the rules that it refers to."""
        if isinstance(schema, dict) and schema.get("type") == "boolean" and "enum" not in schema:
            return ['("True" | "False")']
        symbol = Held({**definitions, **schema} if isinstance(schema, dict) else {}).symbol()
        if (
            isinstance(schema, dict)
            and schema.keys() <= {"type", "description"}
            and schema.get("type") == "string"
        ):
            return [f"({symbol} | {rule}_single)", f"{rule}_single: /'([^'\\\\\\n]|\\\\.)*'/"]
        return [symbol]

    def _written(self, value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return str(value)
        return json.dumps(value, ensure_ascii=False)


class Gemma(Pythonic):
    """Gemma 4's: names in alphabetical order, and a quotation mark of its own in all depths."""

    equals, separator = ":", ","

    def unheld(self, held: Held) -> list[str]:
        loose = ("pattern", "format", "minLength", "maxLength")
        properties = held.schema.get("properties", {}).items()
        return [
            f"{name}.{keyword}"
            for name, value in properties
            if isinstance(value, dict) and value.get("type") == "string"
            for keyword in loose
            if keyword in value
        ]

    def _in_order(self, properties: dict[str, Any]) -> list[tuple[str, Any]]:
        return sorted(properties.items())

    def _value(self, rule: str, schema: Any, definitions: dict[str, Any], literal: Literal) -> list[str]:
        quote = literal(QUOTE)
        match schema:
            case {"type": "string"}:
                if among := choices(schema):
                    return [f"{quote} ({' | '.join(among)}) {quote}"]
                if quote.startswith("<["):  # a token, which no text can hold
                    return [f"{quote} {rule}_text {quote}", f"{rule}_text: /(.|\\n)*/"]
                return [f"{quote} {rule}_text", f"{rule}_text[lazy]: /(.|\\n)*{re.escape(QUOTE)}/"]
            case {"type": "array", "items": dict(items)} if not schema.keys() - {
                "type",
                "items",
                "description",
            }:
                item, *others = self._value(f"{rule}_item", items, definitions, literal)
                return [
                    f'"[" ({rule}_item ("," {rule}_item)*)? "]"',
                    f"{rule}_item: {item}",
                    *others,
                ]
            case {"type": "object", "properties": dict()}:
                fields, *others = self.rules(f"{rule}_field", Held({**definitions, **schema}), literal)
                return [f'"{{" {fields} "}}"', *others]
        return (
            super()._value(rule, schema, definitions, literal)
            if not _is_boolean(schema)
            else ['("true" | "false")']
        )

    def _written(self, value: Any) -> str:
        match value:
            case str():
                return f"{QUOTE}{value}{QUOTE}"
            case dict():
                return f"{{{self.write(value)}}}"
            case list():
                return f"[{','.join(map(self._written, value))}]"
        return json.dumps(value)


def _is_boolean(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "boolean"
