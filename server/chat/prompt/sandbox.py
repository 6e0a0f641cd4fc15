"""Jinja for templates of strangers: what they may touch is Jinja's own sandbox; how long, and how much, is here."""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import Template, nodes, pass_context
from jinja2.ext import loopcontrols
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from server.chat.prompt.generation import Generation
from server.chat.prompt.limits.operators import WEIGHTS
from server.chat.prompt.limits.texts import (
    BOUNDED_FILTERS,
    UNUSED_FILTERS,
    UNUSED_METHODS,
    bounded_arguments,
    indented,
    measure_formatted,
)
from server.chat.prompt.limits.weight import MAX_CHARACTERS, TooMuch, weighed

# Templates take milliseconds, and are some ten thousand characters long.
SECONDS = 5.0
MAX_SOURCE = 500_000

# Filters, since those are called directly; no template can write their names, or give them to something else.
TICK, WEIGHED = "!tick", "!weighed"

# Of these, each may look through all of a list.
COMPARISONS = {
    *("==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan", ">=", "ge"),
    *("<", "lt", "lessthan", "<=", "le", "in"),
}


class _Namespace(Namespace):
    """One whose text is not that of all it holds, which may be itself."""

    def __repr__(self) -> str:
        return "<Namespace>"


class BoundedSandbox(ImmutableSandboxedEnvironment):
    """Every turn of a loop and every call looks at the clock; all that a template makes is weighed."""

    intercepted_binops = frozenset(WEIGHTS)

    def __init__(self, filters: dict[str, Callable[..., Any]]) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation])
        self._rendering = threading.local()
        self.globals["namespace"] = _Namespace
        for name in ("lipsum", "cycler"):
            del self.globals[name]
        for name in UNUSED_FILTERS:
            del self.filters[name]
        self.filters |= BOUNDED_FILTERS | filters
        self.filters["tojson"] = indented(self.filters["tojson"])
        for name, filter_ in self.filters.items():
            self.filters[name] = self._bounded(filter_)
        tests: dict[str, Any] = self.tests
        for name in COMPARISONS:
            tests[name] = self._in_turn(tests[name])
        self.filters |= {
            TICK: pass_context(lambda _context, _value: self._tick()),
            WEIGHED: pass_context(_weighed),
        }

    def from_string(self, source: str | nodes.Template, *args: Any, **kwargs: Any) -> Template:
        with self._in_time():  # what is constant is computed here
            return super().from_string(source, *args, **kwargs)

    def bounded(self, template: Template, variables: dict[str, Any]) -> str:
        """The template rendered; raises TooMuch, and whatever the template does."""
        pieces, characters = [], 0
        with self._in_time():
            for piece in template.generate(variables):
                characters += len(piece)
                if characters > MAX_CHARACTERS:
                    raise TooMuch(f"it writes more than {MAX_CHARACTERS:,} characters.")
                pieces.append(piece)
                self._tick()
        return "".join(pieces)

    def _tick(self) -> None:
        if time.monotonic() > self._rendering.end:
            raise TooMuch(f"it takes more than {SECONDS:g} s.")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr not in UNUSED_METHODS and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if not wrapped:
            return None

        @functools.wraps(wrapped)
        def bounded(*args: Any, **kwargs: Any) -> str:
            measure_formatted(value.__self__, "{", (args, kwargs))
            return wrapped(*args, **kwargs)

        return bounded

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._tick()
        owner = getattr(called, "__self__", None)
        if isinstance(owner, str):
            args = bounded_arguments(called.__name__, owner, args)
        made = super().call(context, called, *args, **kwargs)
        return made if isinstance(owner, dict | list | tuple) else weighed(made)  # theirs are weighed

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        weight = WEIGHTS[operator](left, right)
        return weighed(super().call_binop(context, operator, left, right), weight)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Bounding().visit(super()._parse(source, name, filename))
        template.set_environment(self)
        return template

    def _bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            self._tick()
            return weighed(function(*args, **kwargs))

        return bounded

    def _in_turn(self, comparison: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def compared(left: Any, right: Any) -> bool:
            self._tick()
            return comparison(left, right)

        return compared

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        self._rendering.end = time.monotonic() + SECONDS
        yield


class _Bounding(NodeTransformer):
    """Has the environment look at the clock, and at what is made otherwise than by a call or an operator."""

    def visit_For(self, node: nodes.For) -> Any:  # noqa: N802
        self.generic_visit(node)
        if node.test:
            node.test = nodes.And(nodes.Not(_filtered(TICK, nodes.Const(None))), node.test)
        return _ticking(node)

    def visit_Macro(self, node: nodes.Macro) -> Any:  # noqa: N802
        return _ticking(self.generic_visit(node))

    def visit_CallBlock(self, node: nodes.CallBlock) -> Any:  # noqa: N802
        return _ticking(self.generic_visit(node))

    def visit_Concat(self, node: nodes.Concat) -> Any:  # noqa: N802
        return _filtered(WEIGHED, self.generic_visit(node))

    def visit_List(self, node: nodes.List) -> Any:  # noqa: N802
        return _made(self.generic_visit(node), node.items)

    def visit_Tuple(self, node: nodes.Tuple) -> Any:  # noqa: N802
        made = self.generic_visit(node)
        return _made(made, node.items) if node.ctx == "load" else made

    def visit_Dict(self, node: nodes.Dict) -> Any:  # noqa: N802
        return _made(self.generic_visit(node), [pair.value for pair in node.items])

    def visit_Name(self, node: nodes.Name) -> Any:  # noqa: N802
        return _filtered(WEIGHED, node) if node.name in ("varargs", "kwargs") and node.ctx == "load" else node


def _ticking(block: Any) -> Any:
    block.body.insert(0, nodes.ExprStmt(_filtered(TICK, nodes.Const(None)), lineno=block.lineno))
    return block


def _made(node: nodes.Node, items: list[nodes.Expr]) -> nodes.Node:
    """What is written in the template is no more than that."""
    return node if all(isinstance(each, nodes.Const) for each in items) else _filtered(WEIGHED, node)


def _filtered(name: str, node: Any) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None)


def _weighed(_context: Context, value: Any) -> Any:
    return weighed(value)
