"""Messages in a request."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from server.api.fields.bounded import JsonText, Label, at_most

MAX_MESSAGES = 10_000  # with all their parts and calls
MAX_PARTS = 1_000
MAX_CALLS = 256

Role = Literal["system", "developer", "user", "assistant", "tool"]


class Part(BaseModel):
    """A piece of content; which types can be read is for the model to say."""

    type: Label
    text: str | None = None
    refusal: str | None = None


Parts = Annotated[list[Part], Field(fail_fast=True), at_most(MAX_PARTS)]


class CalledFunction(BaseModel):
    name: str
    arguments: JsonText


class ToolCall(BaseModel):
    id: str | None = None
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(BaseModel):
    """What somebody said; `reasoning_content` and `name` are for templates that want them."""

    role: Role
    content: str | Parts | None = None
    name: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: Annotated[list[ToolCall], Field(fail_fast=True), at_most(MAX_CALLS)] | None = None
    tool_call_id: str | None = None
