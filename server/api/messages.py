"""Messages in a request."""

from typing import Literal

from pydantic import BaseModel

Role = Literal["system", "developer", "user", "assistant", "tool"]


class Part(BaseModel):
    """A piece of content; which types can be read is for the model to say."""

    type: str
    text: str | None = None
    refusal: str | None = None


class CalledFunction(BaseModel):
    name: str
    arguments: str


class ToolCall(BaseModel):
    id: str | None = None
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(BaseModel):
    """What somebody said; `reasoning_content` and `name` are for templates that want them."""

    role: Role
    content: str | list[Part] | None = None
    name: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
