"""Fields that are checked in time proportional to what is allowed."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from kit.http.body_limit import BEFORE_VALUES, MAX_VALUES
from server.api.errors import ApiError

# A million tokens: ten minutes of an embedding model, and beyond the context of any chat model here.
MAX_CHARACTERS = 4_000_000

# A kind, a name or an id, which errors and answers repeat.
MAX_LABEL = 512
Label = Annotated[str, Field(max_length=MAX_LABEL)]


def _plain_type(value: Any) -> Any:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind is not None and not (isinstance(kind, str) and len(kind) <= MAX_LABEL):
        raise PydanticCustomError("bad_type", f"Its type should be a text of at most {MAX_LABEL} characters")
    return value


# For what its type tells apart: Pydantic's errors quote it whole.
PLAIN_TYPE = BeforeValidator(_plain_type)


def _few_values(text: str) -> str:
    if sum(text.count(sign.decode()) for sign in BEFORE_VALUES) > MAX_VALUES:
        raise PydanticCustomError(
            "too_many_values", f"At most {MAX_VALUES:,} commas and brackets are allowed. Send less"
        )
    return text


# JSON inside a text: escapes hide its brackets from who counts those of the body.
JsonText = Annotated[str, AfterValidator(_few_values)]


def at_most(count: int) -> BeforeValidator:
    """Refuses a longer list or dictionary before any of its entries is looked at."""
    return _bounded(count, len, "entries are")


def at_most_with_parts(count: int) -> BeforeValidator:
    """The same for a list of messages; what it counts are they, their parts and calls, and the parts of those."""
    return _bounded(count, with_parts, "messages, parts and calls together are")


def with_parts(messages: Any) -> int:
    """How many there are of messages, their parts and calls, and the parts of those."""
    return _counted(messages, levels=2)


def _bounded(count: int, size: Callable[[Any], int], named: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, list | dict) and (given := size(value)) > count:
            raise PydanticCustomError("too_long", f"At most {count} {named} allowed, not {given}")
        return value

    return BeforeValidator(check)


def _counted(entries: Any, levels: int) -> int:
    if not levels:
        return len(entries)
    fields = (field for each in entries if isinstance(each, dict) for field in each.values())
    return len(entries) + sum(_counted(field, levels - 1) for field in fields if isinstance(field, list))


def refuse_long(texts: Iterable[str], field: str) -> None:
    """Raises ApiError 400 for more text than is looked through in one request."""
    if (given := sum(map(len, texts))) > MAX_CHARACTERS:
        message = f"{field} has {given:,} characters; {MAX_CHARACTERS:,} is the most. Send it in parts."
        raise ApiError(400, message, param=field)
