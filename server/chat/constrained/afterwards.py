"""What decoding could not be held to, looked at once an answer is there."""

import json
import logging
from collections.abc import Callable
from typing import Any

import regex
from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry

from server.chat.constrained.spelling import Schema, each_subschema, spelt

log = logging.getLogger("server")

# A stranger's schema may send a validator round in circles, and his pattern a matcher.
MAX_STEPS = 20_000
PATTERN_SECONDS = 0.2


class TooLong(Exception):
    """A check that was given up."""


def shortcoming(schema: Schema, text: str) -> str | None:
    """Where JSON text first fails a schema, in a few words; None if it does not, or cannot be checked.

    May take a second: call it from a thread. Nothing is fetched for a reference to elsewhere.
    """
    try:
        error = next(_validator(_without_name_patterns(spelt(schema))).iter_errors(json.loads(text)), None)
    # The schema is a stranger's: it can fail in any way.
    except Exception as error:
        log.debug("an answer was not checked: %r", error)
        return None
    if error is None:
        return None
    return ".".join([*map(str, error.absolute_path), str(error.validator)])


def _validator(schema: Schema) -> Any:
    steps = 0

    def counted(check: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps > MAX_STEPS:
                raise TooLong
            return check(*given)

        return step

    checks = dict(Draft202012Validator.VALIDATORS) | {"pattern": _pattern}
    checks = {keyword: counted(check) for keyword, check in checks.items()}
    kind: Any = validators.extend(Draft202012Validator, checks)  # type: ignore[no-untyped-call]
    return kind(schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _pattern(validator: Any, pattern: str, value: Any, schema: Schema) -> Any:
    if isinstance(value, str) and not regex.search(pattern, value, timeout=PATTERN_SECONDS, concurrent=True):
        yield ValidationError("does not match")


def _without_name_patterns(schema: Any) -> Any:
    """jsonschema matches names by Python's own `re`, which nothing stops."""
    if not isinstance(schema, dict):
        return schema
    node = each_subschema(schema, lambda _, each: _without_name_patterns(each))
    if "patternProperties" in node:
        for key in ("patternProperties", "additionalProperties", "unevaluatedProperties"):
            node.pop(key, None)
    return node
