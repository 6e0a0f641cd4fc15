"""Input items of the Responses API to chat messages."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, TypeAdapter

from server.api.errors import ApiError
from server.api.fields.bounded import PLAIN_TYPE, JsonText, at_most_with_parts
from server.api.fields.messages import MAX_MESSAGES, Parts, Role
from server.api.identifiers import unique
from server.api.responses.store import Item, ResponseStore

Messages = list[dict[str, Any]]

# The names that chat completions have for the same parts.
PART_TYPES = {"input_text": "text", "output_text": "text"}

# References are short, and each may mean megabytes. No chat template's prompt gets longer.
MAX_REFERRED = 8_000_000

# What is kept of an item, and of a part of one: what anything is done with, or a client may look for.
KEPT = ("role", "status", "content", "summary", "call_id", "name", "arguments", "output")
KEPT_OF_PARTS = ("type", "text", "refusal")

ItemId = Annotated[str, Field(max_length=512)]

PREFIXES = {"message": "msg_", "function_call": "fc_", "function_call_output": "fco_", "reasoning": "rs_"}


class Identified(BaseModel):
    id: ItemId | None = None


class InputMessage(Identified):
    role: Role
    content: str | Parts

    def message(self) -> dict[str, Any]:
        return {"role": self.role, "content": _content(self.content)}


class FunctionCall(Identified):
    call_id: str
    name: str
    arguments: JsonText

    def message(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": self.arguments}
        call = {"id": self.call_id, "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}


class FunctionCallOutput(Identified):
    call_id: str
    output: str | Parts

    def message(self) -> dict[str, Any]:
        return {"role": "tool", "tool_call_id": self.call_id, "content": _content(self.output)}


class Thought(Identified):
    """Taken and dropped: chat templates drop earlier thoughts too."""

    def message(self) -> None:
        return None


class ItemReference(BaseModel):
    """An item of an earlier response, which `with_references` puts in its place."""

    type: Literal["item_reference"] | None = None
    id: ItemId

    def message(self) -> None:
        return None


def _kind(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    # OpenAI's own types let a reference do without its type.
    return item.get("type") or (
        "item_reference" if item.keys() <= {"id", "type"} and "id" in item else "message"
    )


InputItem = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[Thought, Tag("reasoning")]
    | Annotated[ItemReference, Tag("item_reference")],
    Discriminator(_kind),
    PLAIN_TYPE,
]
Input = Annotated[list[InputItem], Field(min_length=1, fail_fast=True), at_most_with_parts(MAX_MESSAGES)]

_items = TypeAdapter(list[InputItem])


def items_of(given: str | list[Item], store: ResponseStore) -> list[Item]:
    """The input as items with ids, those that are referred to among them."""
    if isinstance(given, str):
        given = [{"role": "user", "content": [{"type": "input_text", "text": given}]}]
    found: dict[str, tuple[Item, int]] = {}  # each once, however often it is referred to
    items, left = [], MAX_REFERRED
    for item in given:
        if _kind(item) == "item_reference":
            item, characters = found[item["id"]] = found.get(item["id"]) or _referred(item, store)
            left -= characters
            if left < 0:
                message = (
                    f"The items that input refers to have more than {MAX_REFERRED:,} characters together."
                )
                raise ApiError(400, f"{message} Refer to fewer.", param="input")
        items.append(_identified(item))
    return items


def messages_of(items: list[Item]) -> Messages:
    """Calls that follow each other become one assistant message, as chat templates expect."""
    messages: Messages = []
    for item in _items.validate_python(items):
        message = item.message()
        if message is None:
            continue
        last = messages[-1] if messages else {}
        if message.get("tool_calls") and last.get("role") == "assistant":
            messages[-1] = {**last, "tool_calls": [*last.get("tool_calls", []), *message["tool_calls"]]}
        else:
            messages.append(message)
    return messages


def _referred(item: Item, store: ResponseStore) -> tuple[Item, int]:
    """The item that is meant, and how many characters it has as JSON."""
    found = store.item(item["id"])
    if found is None:
        message = (
            f"Item with id '{item['id']}' not found. Items are kept with their responses: not of those with "
            "store: false, and of the latest only. Send the item itself."
        )
        raise ApiError(404, message, param="input")
    return found


def _identified(item: Item) -> Item:
    kind = _kind(item) or "message"
    named = {"type": kind, "id": item.get("id") or unique(PREFIXES.get(kind, "item_")), "status": "completed"}
    return named | {key: _kept(item[key]) for key in KEPT if isinstance(item.get(key), str | list)}


def _kept(field: str | list[Any]) -> str | list[dict[str, Any]]:
    if isinstance(field, str):
        return field
    return [_part(part) for part in field if isinstance(part, dict)]


def _part(part: Item) -> Item:
    known = {key: part[key] for key in KEPT_OF_PARTS if isinstance(part.get(key), str)}
    return known | ({"annotations": []} if known.get("type") == "output_text" else {})


def _content(content: str | Parts) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [part.model_dump() | {"type": PART_TYPES.get(part.type, part.type)} for part in content]
