"""Settings in three formats, changed where they have to be: comments, order and all the rest stay."""

import copy
import io
import re
from typing import Any, Protocol

import tomlkit
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from tomlkit.exceptions import TOMLKitError

from kit.connect.jsonc import Jsonc
from kit.connect.merge import Place, edits, put
from kit.connect.unreadable import Unreadable


class Settings(Protocol):
    """A text that is changed in place. `plain` is what it said at first, in dicts and lists."""

    plain: Any

    def __init__(self, text: str) -> None: ...

    def put(self, path: Place, value: Any) -> None: ...

    def text(self) -> str: ...


class Toml:
    def __init__(self, text: str) -> None:
        try:
            self._document = tomlkit.parse(text)
        except TOMLKitError as error:
            raise Unreadable(str(error)) from None
        self.plain = self._document.unwrap()

    def put(self, path: Place, value: Any) -> None:
        put(self._document, path, value)

    def text(self) -> str:
        return tomlkit.dumps(self._document)


class Yaml:
    def __init__(self, text: str) -> None:
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 4096  # or long lines would be broken
        if re.search(r"^ +- ", text, re.M):
            self._yaml.indent(mapping=2, sequence=4, offset=2)
        try:
            self._document = self._yaml.load(text)
        except YAMLError as error:
            raise Unreadable(" ".join(str(error).split())) from None
        # Comments alone are no document that could keep them.
        self._head = text if self._document is None else ""
        self.plain = copy.deepcopy(self._document)

    def put(self, path: Place, value: Any) -> None:
        if not path:
            self._document = value
        else:
            put(self._document, path, value)

    def text(self) -> str:
        written = io.StringIO()
        self._yaml.dump(self._document, written)
        return self._head + written.getvalue()


FORMATS: dict[str, type[Settings]] = {"json": Jsonc, "toml": Toml, "yaml": Yaml}


def merged(before: str, begin: dict[str, Any], content: Any, kind: str) -> str:
    """The text with `content` in it, and of `begin` what it does not have; the same text if all is there.

    Raises `Unreadable`.
    """
    settings = FORMATS[kind](before)
    have = settings.plain
    if have is not None and not isinstance(have, type(content)):
        raise Unreadable(
            "a list stands where a table belongs" if isinstance(have, list) else "a list belongs there"
        )
    want = (
        {name: value for name, value in begin.items() if name not in (have or {})} | content
        if begin
        else content
    )
    expected = copy.deepcopy(have)
    for path, value in list(edits(have, want)):
        settings.put(path, value)
        if path:
            put(expected, path, value)
        else:
            expected = value
    if expected == have:
        return before
    after = settings.text()
    # No library is trusted with other people's settings: read again, they say what they said, and what is new.
    if FORMATS[kind](after).plain != expected:
        raise Unreadable("it cannot be changed in place")
    return after
