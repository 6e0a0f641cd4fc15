"""Jinja for templates of strangers: what they may touch is Jinja's own sandbox; how long, and how much, is here."""

import functools
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.filters import do_indent
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

# Templates take milliseconds, and are some ten thousand characters long.
SECONDS = 5.0
MAX_SOURCE = 500_000
# Two million tokens.
MAX_CHARACTERS = 8_000_000

# What makes much out of little, and no chat template uses.
UNUSED_FILTERS = ("center", "batch", "slice", "wordwrap", "urlize", "xmlattr", "pprint", "format")
# A width of many digits, or one that comes from elsewhere: `%99999d`, `%*d`, `{:{w}}`.
WIDE = re.compile(r"\d{5}|\*|\{[^}]*\{")


class Generation(Extension):
    """`{% generation %}`, with which templates mark for training what the assistant says: here it is text as any."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class TooMuch(Exception):
    """A template that takes too long or writes too much."""


class BoundedSandbox(ImmutableSandboxedEnvironment):
    """Every turn of a loop and every call looks at the clock; every text that operators make is measured."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, filters: dict[str, Callable[..., Any]]) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation])
        self._rendering = threading.local()
        self.globals |= {"_tick": self._tick, "_measured": _measured}
        del self.globals["lipsum"]
        for name in UNUSED_FILTERS:
            del self.filters[name]
        self.filters |= {"replace": _replace, "join": _join, "indent": _indent} | filters
        for name, filter_ in self.filters.items():
            self.filters[name] = self._bounded_filter(filter_)

    def bounded(self, template: Any, variables: dict[str, Any]) -> str:
        """The template rendered; raises TooMuch, and whatever the template does."""
        self._rendering.end = time.monotonic() + SECONDS
        pieces, characters = [], 0
        for piece in template.generate(variables):
            characters += len(piece)
            if characters > MAX_CHARACTERS:
                raise TooMuch(f"it writes more than {MAX_CHARACTERS:,} characters.")
            pieces.append(piece)
            self._tick()
        return "".join(pieces)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._tick()
        if isinstance(text := getattr(called, "__self__", None), str):
            _measure(_length_of(called.__name__, text, args))
        return _measured(super().call(context, called, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped and WIDE.search(value.__self__):
            raise TooMuch("it formats with a width that may be too large.")
        return wrapped

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and isinstance(right, int | float) and abs(right) > 1000:
            raise TooMuch(f"{right:,} is too high a power.")
        if operator == "*":
            for many, times in ((left, right), (right, left)):
                if isinstance(many, str | list | tuple) and isinstance(times, int):
                    _measure(len(many) * times)
        if operator == "%" and isinstance(left, str) and WIDE.search(left):
            raise TooMuch("it formats with a width that may be too large.")
        return _measured(super().call_binop(context, operator, left, right))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for block in template.find_all((nodes.For, nodes.Macro, nodes.CallBlock)):
            assert isinstance(block, nodes.For | nodes.Macro | nodes.CallBlock)
            block.body.insert(0, nodes.ExprStmt(_called("_tick"), lineno=block.lineno))
        for concatenation in list(template.find_all(nodes.Concat)):
            # One that is measured stands in the place of what it measures.
            inner = nodes.Concat(concatenation.nodes, lineno=concatenation.lineno)
            concatenation.nodes = [_called("_measured", inner)]
        template.set_environment(self)
        return template

    def _bounded_filter(self, filter_: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(filter_)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            self._tick()
            return _measured(filter_(*args, **kwargs))

        return bounded

    def _tick(self) -> None:
        if time.monotonic() > getattr(self._rendering, "end", float("inf")):
            raise TooMuch(f"it takes more than {SECONDS:g} s.")


def _called(name: str, *args: nodes.Expr) -> nodes.Call:
    return nodes.Call(nodes.Name(name, "load"), list(args), [], None, None)


def _measured(value: Any) -> Any:
    if isinstance(value, str | list | tuple):
        _measure(len(value))
    return value


def _measure(length: int) -> None:
    if length > MAX_CHARACTERS:
        raise TooMuch(f"it makes a text or list of {length:,}.")


def _length_of(method: str, text: str, args: tuple[Any, ...]) -> int:
    """How long the outcome of a text's method can be, where that is more than what goes in."""
    match method, args:
        case "center" | "ljust" | "rjust" | "zfill", (int(width), *_):
            return width
        case "expandtabs", (int(width), *_):
            return len(text) + text.count("\t") * width
        case "replace", (str(old), str(new), *_):
            return len(text) + text.count(old) * len(new)
        case "join", (list() | tuple() as texts,):
            return sum(len(str(each)) + len(text) for each in texts)
    return 0


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:
    whole = str(text)
    _measure(_length_of("replace", whole, (old, new)))
    return whole.replace(old, new, count)


def _join(values: Any, between: str = "", attribute: str | None = None) -> str:
    texts = [str(each if attribute is None else each[attribute]) for each in values]
    _measure(_length_of("join", between, (texts,)))
    return between.join(texts)


def _indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    _measure(len(text) + (text.count("\n") + 1) * (width if isinstance(width, int) else len(width)))
    return str(do_indent(text, width, first, blank))
