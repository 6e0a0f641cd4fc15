"""Where a model that talks begins to call a tool."""

import re
from collections.abc import Iterable

from server.chat.tool_format import ToolFormat

# Fixed texts of which one has to come.
Choice = tuple[str, ...]
ANY_NAME: Choice = ("any name in quotes",)


class CallOpening:
    """Lets text through until a call begins, which `found` tells; `add` and `flush` return what is talk.

    A call begins with a mark of the model's own form. Many models write calls otherwise than they were taught:
    so does, at the start of a line, maybe inside a fence, a tag or a list, an object with the name of a declared
    tool and arguments. With a name that is not declared, which `invented` tells, it is a call only where the answer
    begins. Any other JSON is talk.
    """

    def __init__(self, form: ToolFormat, names: Iterable[str]) -> None:
        marks: list[Choice] = [(mark,) for mark in form.marks]
        forms = [*([mark] for mark in marks), _stray(tuple(f'"{name}"' for name in names))]
        self._call = re.compile("|".join(_whole(parts) for parts in forms))
        self._start_of_call = re.compile("|".join(_start(parts) for parts in forms))
        invented = _stray(ANY_NAME)
        self._invented_call = re.compile(_whole(invented))
        self._start_of_invented = re.compile(_start(invented))
        # The first line has no line break before it: lend it one, and take it off what is released first.
        self._held = "\n"
        self._lent = 1
        self.found = False
        self.invented = False

    def add(self, text: str) -> str:
        self._held += text
        if call := self._call.search(self._held):
            self.found = True
            return self._release(call.start())
        if self._lent:  # nothing has been said yet
            if self._invented_call.match(self._held):
                self.found = self.invented = True
                return ""
            if self._start_of_invented.match(self._held):
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


def _stray(name: Choice) -> list[Choice]:
    wrapper = ("", "```", "```json", "```xml", "```tool_call", "<tools>", "<function_call>")
    key = ('"arguments"', '"parameters"')
    return [
        ("\n",),
        wrapper,
        ("", "["),
        ("{", "{{"),
        ('"name"',),
        (":",),
        name,
        (",",),
        key,
        (":",),
        ("{",),
    ]


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
