"""Arguments as names with values, such as `city="Oslo", days=3`."""

import json
from dataclasses import replace
from typing import Any

from server.chat.constrained.spelling import Schema
from server.chat.tool_calls.arguments.kinds import Items, Kind, items_of, kind_of, parts_of
from server.chat.tool_calls.arguments.notation import Literal, Notation, as_json, chain, free_name, quoted
from server.chat.tool_calls.arguments.parameters import Parameters
from server.chat.tool_calls.arguments.references import Inliner
from server.chat.tool_calls.arguments.values import Incomplete, as_text, read_value, words


class Pythonic(Notation):
    """As in a call of a Python function: LFM2's way."""

    equals, separator = "=", ", "
    # What a name may be that no schema lists.
    free_names = "[A-Za-z_][A-Za-z0-9_]*"

    def rules(self, name: str, parameters: Parameters, literal: Literal) -> list[str]:
        return self._rules(name, with_inlined(parameters), literal)

    def _rules(self, name: str, parameters: Parameters, literal: Literal) -> list[str]:
        elements, rules = [], []
        for i, (key, schema) in enumerate(self._in_order(parameters.properties)):
            rule = f"{name}_{i}"
            symbol, *others = self._value(rule, schema, parameters.definitions, literal)
            elements.append((rule, key in parameters.required))
            rules += [f"{rule}: {quoted(key + self.equals)} {symbol}", *others]
        if parameters.rest is not False:
            rule, free = f"{name}_rest", f"{name}_NAME".upper()
            symbol, *others = self._value(rule, parameters.rest, parameters.definitions, literal)
            elements.append((f"{rule}s", False))
            rules += [
                f"{rule}s: {rule} ({quoted(self.separator)} {rule})*",
                f"{rule}: {free} {quoted(self.equals)} {symbol}",
                free_name(free, self.free_names, parameters.properties),
                *others,
            ]
        return [*chain(name, elements, quoted(self.separator)), *rules]

    def unheld(self, parameters: Parameters) -> list[str]:
        return []

    def read(self, text: str, parameters: Parameters, after: str) -> tuple[str, str] | None:
        arguments: dict[str, Any] = {}
        names = sorted(parameters.properties, key=len, reverse=True)
        at = 0
        while not text.startswith(after, at):
            name = next((name for name in names if text.startswith(name + self.equals, at)), None)
            name = name or text[at:].partition(self.equals)[0]
            if not text.startswith(name + self.equals, at):
                return None
            try:
                arguments[name], at = read_value(
                    text, at + len(name + self.equals), parameters.names_with_colon
                )
            except Incomplete:
                return None
            if text.startswith(self.separator, at):
                at += len(self.separator)
        return as_text(arguments), text[at + len(after) :]

    def write(self, arguments: dict[str, Any]) -> str:
        written = (f"{key}{self.equals}{self._written(value)}" for key, value in self._in_order(arguments))
        return self.separator.join(written)

    def _in_order(self, properties: dict[str, Any]) -> list[tuple[str, Any]]:
        return list(properties.items())

    def _value(self, rule: str, schema: Any, definitions: Schema, literal: Literal) -> list[str]:
        """A symbol for a value, and the rules that it refers to."""
        parts = parts_of(schema, definitions)
        if len(parts) == 1:
            own = self._single(rule, parts[0], definitions, literal)
            return own or [as_json(schema, definitions)]
        symbols, rules = [], []
        for i, part in enumerate(parts):
            symbol, *others = self._value(f"{rule}_or_{i}", part, definitions, literal)
            symbols.append(symbol)
            rules += others
        return [f"({' | '.join(symbols)})", *rules]

    def _single(self, rule: str, schema: Any, definitions: Schema, literal: Literal) -> list[str] | None:
        """A value of one type in this form's own way; None where that is JSON's."""
        kind = kind_of(schema, definitions)
        if kind.values is not None and all(isinstance(value, str | bool | None) for value in kind.values):
            spellings = dict.fromkeys(
                each for value in kind.values for each in self._spellings(value, literal)
            )
            return [f"({' | '.join(spellings)})"]
        if kind.types == {"boolean"}:
            return [f"({' | '.join(map(quoted, self._booleans()))})"]
        if kind.types == {"string"}:
            return self._string(rule, kind, as_json(schema, definitions), literal)
        if items := items_of(schema):
            item, *others = self._value(f"{rule}_item", items.schema, definitions, literal)
            more = f"({quoted(self.separator)} {rule}_item)"
            return [f'"[" {_several(f"{rule}_item", more, items)} "]"', f"{rule}_item: {item}", *others]
        return None

    def _booleans(self) -> list[str]:
        return words(("boolean",))

    def _string(self, rule: str, kind: Kind, json_string: str, literal: Literal) -> list[str]:
        if kind.constraints:
            return [json_string]
        return [f"({json_string} | {rule}_single)", f"{rule}_single: /'([^'\\\\\\n]|\\\\.)*'/"]

    def _spellings(self, value: str | bool | None, literal: Literal) -> list[str]:
        """Lark for all ways to write a value."""
        if isinstance(value, str):
            return [quoted(json.dumps(value, ensure_ascii=False)), quoted(repr(value))]
        return [quoted(str(value)), *([quoted("null")] if value is None else [])]

    def _written(self, value: Any) -> str:
        match value:
            case bool() | None:
                return str(value)
            case list():
                return f"[{self.separator.join(map(self._written, value))}]"
        return json.dumps(value, ensure_ascii=False)


def with_inlined(parameters: Parameters) -> Parameters:
    """The arguments without references to objects and lists, which this way of writing has inside too."""
    inlined = Inliner(parameters.definitions).inlined
    properties = {name: inlined(schema) for name, schema in parameters.properties.items()}
    return replace(parameters, properties=properties, rest=inlined(parameters.rest))


def _several(item: str, more: str, items: Items) -> str:
    """Lark for as many items as a list may have."""
    if items.most == 0:
        return ""
    least, most = max(items.least - 1, 0), "" if items.most is None else items.most - 1
    several = f"{item} {more}{{{least},{most}}}"
    return several if items.least else f"({several})?"
