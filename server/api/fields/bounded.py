"""Fields that are checked in time proportional to what is allowed."""

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from server.api.errors import ApiError

# A million tokens: ten minutes of an embedding model, and beyond the context of any chat model here.
MAX_CHARACTERS = 4_000_000


def at_most(count: int) -> BeforeValidator:
    """Refuses a longer list or dictionary before any of its entries is looked at."""
    return _bounded(count, len, "entries are")


def at_most_with_parts(count: int) -> BeforeValidator:
    """The same for a list of messages; what it counts are they, their parts and calls, and the parts of those."""
    return _bounded(
        count, lambda messages: _with_parts(messages, levels=2), "messages, parts and calls together are"
    )


def _bounded(count: int, size: Callable[[Any], int], named: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, list | dict) and (given := size(value)) > count:
            raise PydanticCustomError("too_long", f"At most {count} {named} allowed, not {given}")
        return value

    return BeforeValidator(check)


def _with_parts(entries: Any, levels: int) -> int:
    if not levels:
        return len(entries)
    fields = (field for each in entries if isinstance(each, dict) for field in each.values())
    return len(entries) + sum(_with_parts(field, levels - 1) for field in fields if isinstance(field, list))


def refuse_long(texts: Iterable[str], field: str) -> None:
    """Raises ApiError 400 for more text than is looked through in one request."""
    if (given := sum(map(len, texts))) > MAX_CHARACTERS:
        message = f"{field} has {given:,} characters; {MAX_CHARACTERS:,} is the most. Send it in parts."
        raise ApiError(400, message, param=field)
