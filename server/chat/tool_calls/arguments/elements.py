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
DECODER = json.JSONDecoder()
# What may hold the text that ends an element.
JSON_STARTS = ('"', "[", "{")
NUMBER_STARTS = tuple("-0123456789")


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
            if not (start := self._start.match(text, at)):
                return None
            key = start[1]
            kind = kind_of(parameters.of(key), parameters.definitions)
            if (found := self._read_value(text, start.end(), kind)) is None:
                return None
            arguments[key], at = found
        return as_text(arguments), text[at + len(after) :]

    def write(self, arguments: dict[str, Any]) -> str:
        written = {
            key: self._wrapped(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in arguments.items()
        }
        return "".join(f"{self.start.format(key)}{value}{self.end}" for key, value in written.items())

    @cached_property
    def _start(self) -> re.Pattern[str]:
        before, between = map(re.escape, self.start.split("{}"))
        return re.compile(f"{before}(.+?){between}", re.DOTALL)

    @cached_property
    def _value(self) -> re.Pattern[str]:
        data, data_end = re.escape(DATA), re.escape(DATA_END)
        value = f"{data}.*?{data_end}|(?!{data}).*?" if self.cdata else ".*?"
        return re.compile(f"({value}){re.escape(self.end)}", re.DOTALL)

    def _element(self, rule: str, start: str, schema: Any, definitions: dict[str, Any]) -> list[str]:
        kind, end = kind_of(schema, definitions), quoted(self.end)
        if kind.values is not None:
            spellings = dict.fromkeys(each for value in kind.values for each in self._spellings(value, kind))
            return [f"{rule}: {start} ({' | '.join(map(quoted, spellings))}) {end}"]
        symbols, rules = [], []
        if not kind.is_text:
            values = " | ".join([as_json(schema, definitions), *map(quoted, words(kind.types))])
            symbols.append(f"({values}) {end}")
        if kind.may_be_text:
            texts = self._texts(rule, any_first=kind.is_text)
            symbols += [each.partition(":")[0].removesuffix("[lazy]") for each in texts]
            rules += texts
        return [f"{rule}: {start} ({' | '.join(symbols)})", *rules]

    def _texts(self, rule: str, *, any_first: bool) -> list[str]:
        """Rules for a text as it stands, its end included; unless `any_first`, it does not begin as JSON does."""
        closing = re.escape(self.end).replace("/", "\\/").replace("\n", "n")
        char, lazy = ("[^<&\\n]", "") if self.cdata else ("(.|\\n)", "[lazy]")
        first = '[^-0-9"\\[{<&\\n]' if self.cdata else '[^-0-9"\\[{]'
        text = f"{char}*" if any_first else f"({first}{char}*)?"
        rules = [f"{rule}_text{lazy}: /{text}{closing}/"]
        if self.cdata:
            rules.append(f"{rule}_data[lazy]: /<!\\[CDATA\\[(.|\\n)*\\]\\]>{closing}/")
        return rules

    def _spellings(self, value: Any, kind: Kind) -> list[str]:
        """All ways to write one of a list of values that are read as that value."""
        texts = [self._wrapped(value)] if isinstance(value, str) else []
        texts += [json.dumps(value, ensure_ascii=False), str(value)]
        right = [text for text in texts if as_text(self._read(text, kind)) == as_text(value)]
        return [text for text in right if self.end not in text] or right

    def _read_value(self, text: str, at: int, kind: Kind) -> tuple[Any, int] | None:
        """The value that begins at a position, and where what follows its end does; None if that has not come yet."""
        if kind.values is None and not kind.is_text and text.startswith(JSON_STARTS, at):
            try:
                value, end = DECODER.raw_decode(text, at)
            except ValueError:
                return None
            return (value, end + len(self.end)) if text.startswith(self.end, end) else None
        found = self._value.match(text, at)
        return (self._read(found[1], kind), found.end()) if found else None

    def _read(self, text: str, kind: Kind) -> Any:
        if kind.types == {"string"}:
            return self._unwrapped(text)
        if text in WORDS and kind.may_be(WORDS[text]):
            return WORDS[text]
        if kind.is_text or (kind.values is None and not text.startswith(NUMBER_STARTS)):
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
