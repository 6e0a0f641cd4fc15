"""What makes a longer text of a short one, measured before it does: methods, filters and `%`."""

import re
from collections.abc import Callable, Collection
from typing import Any

from jinja2 import pass_environment
from jinja2.environment import Environment
from jinja2.filters import do_indent, do_round, do_trim, sync_do_sum

from server.chat.prompt.limits.weight import MAX_CHARACTERS, TooMuch, indents_of, measure, weight_of

# A width of many digits, or one that comes from elsewhere: `%99999d`, `%*d`, `{:{w}}`.
WIDE = re.compile(r"\d{5}|\*|\{[^}]*\{")
WIDTH = re.compile(r"\d+")

# What makes much out of little, and no chat template uses.
UNUSED_FILTERS = ("center", "batch", "slice", "striptags", "wordwrap", "urlize", "xmlattr", "pprint")
UNUSED_METHODS = {"encode", "expandtabs", "from_bytes", "striptags", "to_bytes", "translate"}

# What looks for a text by trying it at each place, all of it each time.
SLOW_SEARCHES = {"rfind", "rindex", "rsplit", "rpartition", "strip", "lstrip", "rstrip"}
LONGEST_SOUGHT = 1_000
# Digits that a number is rounded to.
MAX_PRECISION = 300


def bounded_arguments(method: str, text: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a text's method, if what it makes of them is not too much."""
    match method, args:
        case "center" | "ljust" | "rjust" | "zfill", (int(width), *_):
            measure(width)
        case "replace", (str(old), str(new), *_):
            measure(len(text) + text.count(old) * len(new))
        case "join", (texts,):
            parts = texts if isinstance(texts, Collection) else list(texts)
            measure(weight_of(parts) + len(parts) * len(text))
            return (parts,)
    if method in SLOW_SEARCHES and any(isinstance(each, str) for each in args):
        _measure_sought(args[0])
    return args


def measure_formatted(text: str, mark: str, values: Any) -> None:
    """Each place of a text, where its `mark` is, may hold all of the values, and widen them."""
    if WIDE.search(text):
        raise TooMuch("it formats with a width that may be too large.")
    measure(sum(map(int, WIDTH.findall(text))))
    measure(text.count(mark) * weight_of(values))


def _measure_sought(text: Any) -> None:
    if isinstance(text, str) and len(text) > LONGEST_SOUGHT:
        raise TooMuch(f"it looks for a text of {len(text):,} characters.")


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:
    whole = str(text)
    bounded_arguments("replace", whole, (old, new))
    return whole.replace(old, new, count)


def _join(values: Any, between: str = "", attribute: str | None = None) -> str:
    texts = [str(each if attribute is None else each[attribute]) for each in values]
    bounded_arguments("join", between, (texts,))
    return between.join(texts)


def _indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    lines = len(text.splitlines()) + 1
    measure(len(text) + lines * (width if isinstance(width, int) else len(width)))
    return str(do_indent(text, width, first, blank))


def _format(text: Any, *values: Any, **named: Any) -> str:
    template = str(text)
    measure_formatted(template, "%", named or values)
    return template % (named or values)


def _trim(text: Any, chars: str | None = None) -> str:
    _measure_sought(chars)
    return do_trim(text, chars)


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    if abs(precision) > MAX_PRECISION:
        raise TooMuch(f"it rounds to {precision:,} digits.")
    return do_round(value, precision, method)


@pass_environment
def _sum(environment: Environment, values: Any, attribute: Any = None, start: Any = 0) -> Any:
    # Lists would be copied again for each that is added.
    if not isinstance(start, int | float):
        raise TooMuch("it adds up what are no numbers.")
    return sync_do_sum(environment, values, attribute, start)


def indented(to_json: Callable[..., str]) -> Callable[..., str]:
    """A filter that writes JSON, whose lines are not indented too far."""

    def tojson(value: Any, indent: int | str | None = None, **options: Any) -> str:
        if indent:
            width = indent if isinstance(indent, int) else len(indent)
            measure(width)
            brief = to_json(value, **options)
            levels = brief.count("{") + brief.count("[")
            # To count them is slow, and few have as many as that.
            if (brief.count(",") + 2 * levels) * levels * width > MAX_CHARACTERS:
                measure(len(brief) + indents_of(value) * width)
        return to_json(value, indent=indent, **options)

    return tojson


BOUNDED_FILTERS: dict[str, Callable[..., Any]] = {
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "sum": _sum,
    "trim": _trim,
}
