"""Anthropic's messages, which consist of blocks, to chat messages."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag

from server.api.errors import ApiError
from server.api.fields.bounded import Label, at_most, at_most_with_parts
from server.api.fields.messages import MAX_MESSAGES, MAX_PARTS

ERROR = "Error: "  # chat templates have no other way to say that a tool has failed


class TextBlock(BaseModel):
    type: Literal["text"]
    text: str


class UnreadBlock(BaseModel):
    """An image, a file, or what Anthropic's own tools leave behind: refused by its place."""

    type: Label


class ThinkingBlock(BaseModel):
    type: Literal["thinking"]
    thinking: str


class RedactedBlock(BaseModel):
    """Taken and dropped: nobody here can read it."""

    type: Literal["redacted_thinking"]


class ToolUseBlock(BaseModel):
    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]

    def call(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": json.dumps(self.input, ensure_ascii=False)}
        return {"id": self.id, "type": "function", "function": function}


def _text_or_unread(block: Any) -> str:
    return "text" if _type(block) == "text" else "unread"


def _kind(block: Any) -> str:
    kind = _type(block)
    return kind if kind in ("text", "thinking", "redacted_thinking", "tool_use", "tool_result") else "unread"


def _type(block: Any) -> Any:
    return block.get("type") if isinstance(block, dict) else getattr(block, "type", None)


Texts = Annotated[
    list[
        Annotated[
            Annotated[TextBlock, Tag("text")] | Annotated[UnreadBlock, Tag("unread")],
            Discriminator(_text_or_unread),
        ]
    ],
    Field(fail_fast=True),
    at_most(MAX_PARTS),
]


class ToolResultBlock(BaseModel):
    type: Literal["tool_result"]
    tool_use_id: str
    content: str | Texts | None = None
    is_error: bool | None = None

    def message(self, place: str) -> dict[str, Any]:
        text = text_of(self.content or "", f"{place}.content")
        content = ERROR + text if self.is_error else text
        return {"role": "tool", "tool_call_id": self.tool_use_id, "content": content}


Block = Annotated[
    Annotated[TextBlock, Tag("text")]
    | Annotated[ThinkingBlock, Tag("thinking")]
    | Annotated[RedactedBlock, Tag("redacted_thinking")]
    | Annotated[ToolUseBlock, Tag("tool_use")]
    | Annotated[ToolResultBlock, Tag("tool_result")]
    | Annotated[UnreadBlock, Tag("unread")],
    Discriminator(_kind),
]


class InputMessage(BaseModel):
    role: Literal["user", "assistant", "system"]
    content: str | Annotated[list[Block], Field(fail_fast=True), at_most(MAX_PARTS)]


Input = Annotated[list[InputMessage], Field(min_length=1, fail_fast=True), at_most_with_parts(MAX_MESSAGES)]


def messages_of(given: list[InputMessage]) -> list[dict[str, Any]]:
    """Raises ApiError 400 for a block that cannot be read there, and for an answer that is to be gone on with."""
    if given[-1].role == "assistant":
        raise ApiError(
            400,
            "This model does not support assistant message prefill. The conversation must end with a user message.",
            param="messages",
        )
    return [each for i, message in enumerate(given) for each in _messages(message, f"messages.{i}.content")]


def text_of(content: str | list[TextBlock | UnreadBlock], place: str, between: str = "") -> str:
    """The words of a content that may hold nothing else; `place` names it in errors."""
    if isinstance(content, str):
        return content
    for number, block in enumerate(content):
        if not isinstance(block, TextBlock):
            raise _unread(block, f"{place}.{number}")
    return between.join(block.text for block in content if isinstance(block, TextBlock))


def _messages(message: InputMessage, place: str) -> Iterator[dict[str, Any]]:
    if isinstance(message.content, str):
        yield {"role": message.role, "content": message.content}
    elif message.role == "assistant":
        yield _said(message.content, place)
    else:
        yield from _told(message.role, message.content, place)


def _said(blocks: list[Block], place: str) -> dict[str, Any]:
    """What the assistant said is one message: its thoughts, its words and its calls."""
    thoughts, words, calls = [], [], []
    for number, block in enumerate(blocks):
        match block:
            case TextBlock():
                words.append(block.text)
            case ThinkingBlock():
                thoughts.append(block.thinking)
            case ToolUseBlock():
                calls.append(block.call())
            case RedactedBlock():
                pass
            case _:
                raise _unread(block, f"{place}.{number}")
    message: dict[str, Any] = {"role": "assistant", "content": "".join(words)}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    return message | ({"tool_calls": calls} if calls else {})


def _told(role: str, blocks: list[Block], place: str) -> Iterator[dict[str, Any]]:
    """What the user says is one message between results, each of which is a message of its own."""
    words: list[str] = []
    for number, block in enumerate(blocks):
        match block:
            case TextBlock():
                words.append(block.text)
            case ToolResultBlock() if role == "user":
                if words:
                    yield {"role": role, "content": "".join(words)}
                    words = []
                yield block.message(f"{place}.{number}")
            case _:
                raise _unread(block, f"{place}.{number}")
    if words or not blocks:
        yield {"role": role, "content": "".join(words)}


def _unread(block: Any, place: str) -> ApiError:
    if block.type in ("tool_use", "tool_result", "thinking", "redacted_thinking"):
        message = f"{place}: a {block.type} block cannot be in a message of this role."
    else:
        message = f"{place} is of type {block.type!r}; this model reads text only."
    return ApiError(400, message, param=place)
