"""Arguments as XML elements: strings bare, everything else as JSON."""

import json
import re
from dataclasses import dataclass
from typing import Any

from server.chat.constrained.json_schema import Held
from server.chat.tool_calls.arguments.notation import Literal, Notation

# A string stands there as it is, so nothing holds it to a form but a list of its values.
UNENFORCEABLE = ("pattern", "format", "minLength", "maxLength")

# What Python and JSON call the same.
WORDS = {"True": True, "False": False, "None": None}


@dataclass(frozen=True)
class Elements(Notation):
    """`start` has a place for the argument's name; with `cdata`, strings that look like markup are wrapped."""

    start: str
    end: str
    cdata: bool = False

    def rules(self, name: str, held: Held, literal: Literal) -> list[str]:
        schema = held.schema
        required = schema.get("required", [])
        definitions: dict[str, Any] = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        uses, rules = [], []
        for i, (key, value) in enumerate(schema.get("properties", {}).items()):
            rule = f"{name}_{i}"
            uses.append(rule if key in required else f"{rule}?")
            rules += self._element(
                rule, json.dumps(self.start.format(key), ensure_ascii=False), value, definitions
            )
        return [" ".join(uses), *rules]

    def unheld(self, held: Held) -> list[str]:
        return [
            f"{name}.{keyword}"
            for name, value in held.schema.get("properties", {}).items()
            if is_bare(value) and not choices(value)
            for keyword in UNENFORCEABLE
            if keyword in value
        ]

    def read(self, text: str, schema: dict[str, Any], after: str) -> tuple[str, str] | None:
        before, between = map(re.escape, self.start.split("{}"))
        element = re.compile(
            f"{before}(.+?){between}(<!\\[CDATA\\[.*?\\]\\]>|.*?){re.escape(self.end)}", re.DOTALL
        )
        arguments: dict[str, Any] = {}
        at = 0
        while not text.startswith(after, at):
            if not (found := element.match(text, at)):
                return None
            key, value = found.groups()
            if is_bare(schema.get("properties", {}).get(key, {})):
                arguments[key] = self._unwrapped(value)
            else:
                arguments[key] = WORDS[value] if value in WORDS else json.loads(value)
            at = found.end()
        return json.dumps(arguments, ensure_ascii=False), text[at + len(after) :]

    def write(self, arguments: dict[str, Any]) -> str:
        written = {
            key: self._wrapped(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in arguments.items()
        }
        return "".join(f"{self.start.format(key)}{value}{self.end}" for key, value in written.items())

    def _element(self, rule: str, start: str, schema: Any, definitions: dict[str, Any]) -> list[str]:
        end = json.dumps(self.end)
        if not is_bare(schema):
            value = {**definitions, **schema} if isinstance(schema, dict) else {}
            return [f"{rule}: {start} {Held(value).symbol()} {end}"]
        if among := choices(schema):
            return [f"{rule}: {start} ({' | '.join(among)}) {end}"]
        closing = re.escape(self.end).replace("/", "\\/").replace("\n", "n")
        if self.cdata:
            return [
                f"{rule}: {start} ({rule}_text | {rule}_data)",
                f"{rule}_text: /[^<&\\n]*{closing}/",
                f"{rule}_data[lazy]: /<!\\[CDATA\\[(.|\\n)*\\]\\]>{closing}/",
            ]
        return [f"{rule}: {start} {rule}_text", f"{rule}_text[lazy]: /(.|\\n)*{closing}/"]

    def _wrapped(self, value: str) -> str:
        return f"<![CDATA[{value}]]>" if self.cdata and re.search("[<&\n]", value) else value

    def _unwrapped(self, value: str) -> str:
        if self.cdata and value.startswith("<![CDATA["):
            return value.removeprefix("<![CDATA[").removesuffix("]]>")
        return value


def choices(schema: dict[str, Any]) -> list[str]:
    """The values that a string may have, as Lark strings; none if it may have any."""
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return [json.dumps(value, ensure_ascii=False) for value in values if isinstance(value, str)]


def is_bare(schema: Any) -> bool:
    """Whether a value of this schema is written without quotes."""
    return isinstance(schema, dict) and schema.get("type") == "string"
