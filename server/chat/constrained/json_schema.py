"""JSON schemas that decoding can be held to."""

import json
import re
from dataclasses import dataclass
from typing import Any

from llguidance import LLMatcher

from server.chat.constrained.grammar import MAX_CHARACTERS
from server.chat.constrained.kinds import misfits
from server.chat.constrained.number_end import MAX_DIGITS
from server.chat.constrained.spelling import Schema, each_subschema
from server.chat.constrained.trial import TRIAL

# As json.dumps writes, and so as models have mostly seen JSON. With spaces fixed, more tokens are fast-forwarded.
STYLE: dict[str, Any] = {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": False}

ANY_OBJECT: dict[str, Any] = {"type": "object"}

# Formats that have no end of their own, and how long they may get.
ENDLESS = {"duration": 32, "time": 24, "date-time": 35, "email": 64, "hostname": 128, "uri": 512}

# A pattern for all of a string, other than one that lets any text through, such as ^.*$.
WHOLE = re.compile(r"\^(?!.*(?<!\\)\.)(?!.*\\[SWDP])(?!.*\[\^).*\$", re.DOTALL)
LONGEST_PATTERN = 256

REASONS = (
    (
        re.compile(r"oneOf constraints are not supported\. Enable .*"),
        '"oneOf" with alternatives that may overlap; use "anyOf".',
    ),
    (re.compile(r"Unimplemented keys: \[(.*)\]"), r"\1"),
    (re.compile(r"\bf64\b"), "a number"),
)


class UnsupportedSchema(Exception):
    """A schema that cannot be enforced; the message names the keyword."""


@dataclass(frozen=True)
class Held:
    """A schema as decoding is held to it, and the keywords of the one that was asked for which that leaves out."""

    schema: Schema
    unheld: tuple[str, ...] = ()

    def grammar(self) -> str:
        """Lark for one JSON value."""
        return f"start: {self.symbol()}\n"

    def symbol(self) -> str:
        """A symbol of a Lark rule."""
        return f"%json {json.dumps({**self.schema, 'x-guidance': STYLE})}"


def check(schema: Any) -> None:
    """Raises UnsupportedSchema if decoding cannot be held to all of it."""
    if not isinstance(schema, dict):
        schema = ANY_OBJECT | {"allOf": [schema]}
    _refuse_loose_keywords(schema)
    text = bounded({**schema, "x-guidance": STYLE})
    try:
        grammar = LLMatcher.grammar_from_json_schema(text)
    except ValueError as error:
        raise UnsupportedSchema(str(error)) from error
    if messages := TRIAL.complaints(grammar):
        raise UnsupportedSchema(_reason(" ".join(messages[0].split())))


def bounded(schema: Any) -> str:
    """The schema as JSON text; raises UnsupportedSchema if it is too long."""
    text = json.dumps(schema)
    if len(text) > MAX_CHARACTERS:
        raise UnsupportedSchema(f"it has {len(text):,} characters; {MAX_CHARACTERS:,} is the most.")
    return text


def ending(schema: Any) -> Any:
    """The schema with an end to every format and whole pattern that has none: a small model may never find it."""
    if not isinstance(schema, dict):
        return schema
    node = each_subschema(schema, lambda _, each: ending(each))
    for bound in ("minimum", "maximum"):
        # No number gets so long: see number_end.py.
        if abs(node.get(bound, 0)) >= 10**MAX_DIGITS:
            del node[bound]
    if "maxLength" not in node:
        form, pattern = node.get("format"), node.get("pattern")
        if form in ENDLESS:
            node["maxLength"] = max(ENDLESS[form], node.get("minLength", 0))
        elif pattern is not None and WHOLE.fullmatch(pattern):
            node["maxLength"] = max(LONGEST_PATTERN, node.get("minLength", 0))
    return node


def refuse_misfits(schema: Any, way: tuple[str, ...] = ()) -> None:
    """Raises UnsupportedSchema for a keyword that does not take the value that it has."""
    if not isinstance(schema, dict):
        return
    for key, kind in misfits(schema).items():
        raise UnsupportedSchema(f"{'.'.join((*way, key))}: it has to be {kind.words}.")
    each_subschema(schema, lambda on, each: refuse_misfits(each, way + on))


def _reason(message: str) -> str:
    """llguidance's words without its options and the names of its types."""
    for theirs, ours in REASONS:
        message = theirs.sub(ours, message)
    return message


def _refuse_loose_keywords(schema: Any) -> None:
    """Refuse what llguidance accepts but does not hold: see `docs/api.md`."""
    if not isinstance(schema, dict):
        return
    least, required = schema.get("minProperties"), schema.get("required", [])
    # Names that no property fixes may repeat, and count again each time.
    if isinstance(least, int) and isinstance(required, list) and least > len(required) + 1:
        raise UnsupportedSchema('"minProperties" can exceed the required properties by one at most.')
    each_subschema(schema, lambda _, each: _refuse_loose_keywords(each))
