"""Arguments as XML elements: strings bare, everything else as JSON."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from server.chat.tool_calls.arguments.kinds import Kind, kind_of
from server.chat.tool_calls.arguments.notation import Literal, Notation, as_json, free_name, quoted
from server.chat.tool_calls.arguments.parameters import Parameters
from server.chat.tool_calls.arguments.values import WORDS, as_text, words

DATA, DATA_END = "<![CDATA[", "]]>"


@dataclass(frozen=True)
class Elements(Notation):
    """`start` has a place for the argument's name; with `cdata`, strings that look like markup are wrapped."""

    start: str
    end: str
    cdata: bool = False

    def rules(self, name: str, parameters: Parameters, literal: Literal) -> list[str]:
        uses, rules = [], []
        for i, (key, schema) in enumerate(parameters.properties.items()):
            rule = f"{name}_{i}"
            uses.append(rule if key in parameters.required else f"{rule}?")
            start = quoted(self.start.format(key))
            rules += self._element(rule, start, schema, parameters.definitions)
        if parameters.rest is not False:
            rule, free = f"{name}_rest", f"{name}_NAME".upper()
            uses.append(f"{rule}*")
            start = f" {free} ".join(map(quoted, self.start.split("{}")))
            rules += self._element(rule, start, parameters.rest, parameters.definitions)
            rules.append(free_name(free, "[A-Za-z_][A-Za-z0-9_.-]*", parameters.properties))
        return [" ".join(uses) or '""', *rules]

    def unheld(self, parameters: Parameters) -> list[str]:
        kinds = {
            name: kind_of(schema, parameters.definitions)
            for name, schema in (*parameters.properties.items(), ("additionalProperties", parameters.rest))
        }
        # A string stands there as it is, so nothing holds it to a form but a list of its values.
        loose = {
            name: kind.constraints for name, kind in kinds.items() if kind.is_text and kind.values is None
        }
        return [f"{name}.{keyword}" for name, keywords in loose.items() for keyword in keywords]

    def read(self, text: str, parameters: Parameters, after: str) -> tuple[str, str] | None:
        arguments: dict[str, Any] = {}
        at = 0
        while not text.startswith(after, at):
            if not (found := self._pattern.match(text, at)):
                return None
            key, value = found.groups()
            arguments[key] = self._read(value, kind_of(parameters.of(key), parameters.definitions))
            at = found.end()
        return as_text(arguments), text[at + len(after) :]

    def write(self, arguments: dict[str, Any]) -> str:
        written = {
            key: self._wrapped(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in arguments.items()
        }
        return "".join(f"{self.start.format(key)}{value}{self.end}" for key, value in written.items())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        before, between = map(re.escape, self.start.split("{}"))
        data, data_end = re.escape(DATA), re.escape(DATA_END)
        value = f"{data}.*?{data_end}|(?!{data}).*?" if self.cdata else ".*?"
        return re.compile(f"{before}(.+?){between}({value}){re.escape(self.end)}", re.DOTALL)

    def _element(self, rule: str, start: str, schema: Any, definitions: dict[str, Any]) -> list[str]:
        kind, end = kind_of(schema, definitions), quoted(self.end)
        if kind.values is not None:
            spellings = dict.fromkeys(each for value in kind.values for each in self._spellings(value, kind))
            return [f"{rule}: {start} ({' | '.join(map(quoted, spellings))}) {end}"]
        if not kind.is_text:
            symbols = [as_json(schema, definitions), *map(quoted, words(kind.types))]
            return [f"{rule}: {start} ({' | '.join(symbols)}) {end}"]
        closing = re.escape(self.end).replace("/", "\\/").replace("\n", "n")
        if self.cdata:
            return [
                f"{rule}: {start} ({rule}_text | {rule}_data)",
                f"{rule}_text: /[^<&\\n]*{closing}/",
                f"{rule}_data[lazy]: /<!\\[CDATA\\[(.|\\n)*\\]\\]>{closing}/",
            ]
        return [f"{rule}: {start} {rule}_text", f"{rule}_text[lazy]: /(.|\\n)*{closing}/"]

    def _spellings(self, value: Any, kind: Kind) -> list[str]:
        """All ways to write one of a list of values that are read as that value."""
        texts = [self._wrapped(value)] if isinstance(value, str) else []
        texts += [json.dumps(value, ensure_ascii=False), str(value)]
        right = [text for text in texts if as_text(self._read(text, kind)) == as_text(value)]
        return [text for text in right if self.end not in text] or right

    def _read(self, text: str, kind: Kind) -> Any:
        if kind.types == {"string"}:
            return self._unwrapped(text)
        if text in WORDS and kind.may_be(WORDS[text]):
            return WORDS[text]
        if kind.is_text:
            return self._unwrapped(text)
        try:
            return json.loads(text)
        except ValueError:
            return self._unwrapped(text)

    def _wrapped(self, value: str) -> str:
        return f"{DATA}{value}{DATA_END}" if self.cdata and re.search("[<&\n]", value) else value

    def _unwrapped(self, value: str) -> str:
        if self.cdata and value.startswith(DATA):
            return value.removeprefix(DATA).removesuffix(DATA_END)
        return value
