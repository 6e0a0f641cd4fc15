"""Fields that are checked in time proportional to what is allowed."""

from collections.abc import Iterable
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from server.api.errors import ApiError

# A million tokens: ten minutes of an embedding model, and beyond the context of any chat model here.
MAX_CHARACTERS = 4_000_000


def at_most(count: int) -> BeforeValidator:
    """Refuses a longer list or dictionary before any of its entries is looked at."""

    def check(value: Any) -> Any:
        if isinstance(value, list | dict) and len(value) > count:
            given = len(value)
            raise PydanticCustomError("too_long", f"At most {count} entries are allowed, not {given}")
        return value

    return BeforeValidator(check)


def refuse_long(texts: Iterable[str], field: str) -> None:
    """Raises ApiError 400 for more text than is looked through in one request."""
    if (given := sum(map(len, texts))) > MAX_CHARACTERS:
        message = f"{field} has {given:,} characters; {MAX_CHARACTERS:,} is the most. Send it in parts."
        raise ApiError(400, message, param=field)
