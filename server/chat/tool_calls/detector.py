"""Where an answer in words begins to call a tool."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.chat.tool_calls.format import ToolFormat

# Fixed texts of which one has to come.
Choice = tuple[str, ...]


@dataclass(frozen=True)
class Free:
    """A text that is not fixed: a pattern for all of it, and one for what may become it."""

    whole: str
    beginning: str


Part = Choice | Free

# What is nested deeper, or longer, is text.
LEVELS = 5
MAX_HELD = 2_000


class CallDetector:
    """Lets text through until a call begins, which `found` tells; `add` and `flush` return what is text.

    A call begins with a mark of the model's own form. Many models write calls otherwise than they were taught:
    so does, at the start of a line, maybe inside a fence, a tag or a list, an object with the name of a declared
    tool, alone or with arguments before or behind it. Only where the answer begins, so does the declaration of a
    tool, which a small model repeats in place of a call, and a call of a tool that is not declared, which
    `undeclared` tells. Any other JSON is text.
    """

    def __init__(self, form: ToolFormat, names: Iterable[str]) -> None:
        declared = tuple(f'"{name}"' for name in names)
        marks: list[list[Part]] = [[(mark,)] for mark in form.marks]
        calls = [*marks, *([*LINE, *mark] for mark in marks), *_calls(declared)]
        undeclared = [*_begun_calls(ANY_NAME), _declaration(ANY_NAME)]
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
        at = start.start() if start else len(self._held)
        return self._release(at if len(self._held) - at <= MAX_HELD else len(self._held))

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


def _prefixes(text: str) -> str:
    """A pattern for every prefix of a text that is at least one character long."""
    rest = ""
    for character in reversed(text[1:]):
        rest = f"(?:{re.escape(character)}{rest})?"
    return re.escape(text[:1]) + rest


def _value(levels: int) -> str:
    """A pattern for a list or an object, of so many levels."""
    inside = _inside(levels - 1) if levels > 1 else r'[^][{}"]'
    return rf"[{{[](?:{inside})*+[}}\]]"


def _inside(levels: int) -> str:
    return rf'[^][{{}}"]|{STRING}|{_value(levels)}'


def _begun_value(levels: int) -> str:
    """A pattern for the beginning of a list or an object."""
    if levels == 0:
        return r"(?!)"
    inside = _inside(levels - 1) if levels > 1 else r'[^][{}"]'
    return rf"[{{[](?:{inside})*+(?:{BEGUN_STRING}|{_begun_value(levels - 1)})?"


STRING, BEGUN_STRING = r'"(?:[^"\\]|\\.)*+"', r'"(?:[^"\\]|\\.)*+\\?'
ANY_NAME = Free(r'"[^"\n]*"', r'"[^"\n]*"?')
WHOLE_VALUE = f"(?:{_value(LEVELS)}|{STRING}|null)"
ANY_VALUE = Free(WHOLE_VALUE, f"{WHOLE_VALUE}|{_begun_value(LEVELS)}|{BEGUN_STRING}|{_prefixes('null')}")

# What stands around calls: a fence of any language, or a tag that some form has.
TAGS = (
    "<tools>",
    "<tool_call>",
    "<tool_calls>",
    "<function_call>",
    "<TOOLCALL>",
    "<|tool_call|>",
    "<|python_tag|>",
    "[TOOL_CALLS]",
    "functools",
)
WRAPPER = Free(
    rf"(?:```[\w+-]*|{'|'.join(map(re.escape, TAGS))})?",
    r"`{1,2}|```[\w+-]*|" + "|".join(map(_prefixes, TAGS)),
)
LINE: list[Part] = [("\n",), WRAPPER]
OBJECT: list[Part] = [*LINE, ("", "["), ("{", "{{")]
# Llama 3's first key, which it may leave out.
OF_A_FUNCTION: list[Part] = [*OBJECT, ('"type"',), (":",), ('"function"',), (",",)]
OBJECTS = (OBJECT, OF_A_FUNCTION)
NAMED: list[Part] = [('"name"',), (":",)]
GIVEN: list[Part] = [('"arguments"', '"parameters"'), (":",)]


def _calls(name: Part) -> list[list[Part]]:
    """{"name": "…", "arguments": {…}}, in either order, or {"name": "…"} of a tool that needs no arguments"""
    named: list[Part] = [*NAMED, name]
    members: tuple[list[Part], ...] = (
        [*named, (",",), *GIVEN, ("{", '"', "null")],
        [*named, ("}",)],
        [*GIVEN, ANY_VALUE, (",",), *named],
    )
    return [[*before, *each] for before in OBJECTS for each in members]


def _begun_calls(name: Part) -> list[list[Part]]:
    """{"name": "…", "arguments": {"""
    return [[*before, *NAMED, name, (",",), *GIVEN, ("{",)] for before in OBJECTS]


def _declaration(name: Part) -> list[Part]:
    """{"type": "function", "function": {"name": "…", as OpenAI declares tools, and begins calls."""
    return [*OF_A_FUNCTION, ('"function"',), (":",), ("{",), *NAMED, name]


def _any(pattern: Callable[[list[Part]], str], forms: list[list[Part]]) -> re.Pattern[str]:
    return re.compile("|".join(map(pattern, forms)), re.DOTALL)


def _whole(parts: list[Part]) -> str:
    """A pattern for all parts in order, with any white space between them."""
    return r"\s*".join(map(_all_of, parts))


def _all_of(part: Part) -> str:
    return part.whole if isinstance(part, Free) else f"(?:{'|'.join(map(re.escape, part))})"


def _start(parts: list[Part]) -> str:
    """A pattern for text that ends where more could make it match `_whole`."""
    patterns = []
    for i, part in enumerate(parts):
        before = _whole(parts[:i]) + r"\s*" if i else ""
        patterns.append(f"{before}(?:{_beginning(part)})\\s*\\Z")
    return "|".join(patterns)


def _beginning(part: Part) -> str:
    return part.beginning if isinstance(part, Free) else "|".join(_prefixes(text) for text in part if text)
