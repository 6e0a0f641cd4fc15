"""Where an answer in words begins to call a tool."""

import re
from collections.abc import Callable, Iterable

from server.chat.tool_calls.format import ToolFormat

# Fixed texts of which one has to come.
Choice = tuple[str, ...]
ANY_NAME: Choice = ("any name in quotes",)


class CallDetector:
    """Lets text through until a call begins, which `found` tells; `add` and `flush` return what is text.

    A call begins with a mark of the model's own form. Many models write calls otherwise than they were taught:
    so does, at the start of a line, maybe inside a fence, a tag or a list, an object with the name of a declared
    tool, alone or with arguments. Only where the answer begins, so does the declaration of a tool, which a small
    model repeats in place of a call, and a call of a tool that is not declared, which `undeclared` tells. Any other
    JSON is text.
    """

    def __init__(self, form: ToolFormat, names: Iterable[str]) -> None:
        declared = tuple(f'"{name}"' for name in names)
        marks: list[list[Choice]] = [[(mark,)] for mark in form.marks]
        calls = [*marks, _call(declared), _call_of_nothing(declared)]
        undeclared = [_call(ANY_NAME), _declaration(ANY_NAME)]
        self._call = _any(_whole, calls)
        self._start_of_call = _any(_start, calls)
        self._repeated_declaration = _any(_whole, [_declaration(declared)])
        self._undeclared_call = _any(_whole, undeclared)
        self._start_of_undeclared = _any(_start, undeclared)
        # The first line has no line break before it: lend it one, and take it off what is released first.
        self._held = "\n"
        self._lent = 1
        self.found = False
        self.undeclared = False

    def add(self, text: str) -> str:
        self._held += text
        if call := self._call.search(self._held):
            self.found = True
            return self._release(call.start())
        if self._lent:  # nothing has been said yet
            if self._repeated_declaration.match(self._held):
                self.found = True
                return ""
            if self._undeclared_call.match(self._held):
                self.found = self.undeclared = True
                return ""
            if self._start_of_undeclared.match(self._held):
                return ""
        start = self._start_of_call.search(self._held)
        return self._release(start.start() if start else len(self._held))

    @property
    def rest(self) -> str:
        """What is held back: after `found`, the call as far as it has come."""
        return self._held[self._lent :]

    def flush(self) -> str:
        """The rest, when the answer has ended and no call came."""
        return self._release(len(self._held))

    def _release(self, end: int) -> str:
        text, self._held = self._held[:end], self._held[end:]
        if text:
            text, self._lent = text[self._lent :], 0
        return text


WRAPPERS = ("", "```", "```json", "```xml", "```tool_call", "<tools>", "<function_call>")


def _call(name: Choice) -> list[Choice]:
    """{"name": "…", "arguments": {"""
    return [*_object_with("name"), name, (",",), ('"arguments"', '"parameters"'), (":",), ("{",)]


def _call_of_nothing(name: Choice) -> list[Choice]:
    """{"name": "…"}, of a tool that needs no arguments"""
    return [*_object_with("name"), name, ("}",)]


def _declaration(name: Choice) -> list[Choice]:
    """{"type": "function", "function": {"name": "…", as OpenAI declares tools, and begins calls."""
    return [
        *_object_with("type"),
        ('"function"',),
        (",",),
        ('"function"',),
        (":",),
        ("{",),
        ('"name"',),
        (":",),
        name,
    ]


def _object_with(key: str) -> list[Choice]:
    """An object, at the start of a line, up to its first value."""
    return [("\n",), WRAPPERS, ("", "["), ("{", "{{"), (f'"{key}"',), (":",)]


def _any(pattern: Callable[[list[Choice]], str], forms: list[list[Choice]]) -> re.Pattern[str]:
    return re.compile("|".join(map(pattern, forms)))


def _whole(parts: list[Choice]) -> str:
    """A pattern for all parts in order, with any white space between them."""
    return r"\s*".join(_any_of(choice) for choice in parts)


def _any_of(choice: Choice) -> str:
    return r'"[^"\n]*"' if choice is ANY_NAME else f"(?:{'|'.join(map(re.escape, choice))})"


def _start(parts: list[Choice]) -> str:
    """A pattern for text that ends where more could make it match `_whole`."""
    patterns = []
    for i, choice in enumerate(parts):
        before = _whole(parts[:i]) + r"\s*" if i else ""
        patterns.append(f"{before}(?:{_beginning(choice)})\\s*\\Z")
    return "|".join(patterns)


def _beginning(choice: Choice) -> str:
    return r'"[^"\n]*"?' if choice is ANY_NAME else "|".join(_prefixes(text) for text in choice if text)


def _prefixes(text: str) -> str:
    """A pattern for every prefix of a text that is at least one character long."""
    rest = ""
    for character in reversed(text[1:]):
        rest = f"(?:{re.escape(character)}{rest})?"
    return re.escape(text[:1]) + rest
