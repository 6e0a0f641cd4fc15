"""Input items of the Responses API to chat messages."""

from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag, TypeAdapter

from server.api.messages import Part, Role

Messages = list[dict[str, Any]]

# The names that chat completions have for the same parts.
PART_TYPES = {"input_text": "text", "output_text": "text"}


class InputMessage(BaseModel):
    role: Role
    content: str | list[Part]

    def message(self) -> dict[str, Any]:
        return {"role": self.role, "content": _content(self.content)}


class FunctionCall(BaseModel):
    call_id: str
    name: str
    arguments: str

    def message(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": self.arguments}
        call = {"id": self.call_id, "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}


class FunctionCallOutput(BaseModel):
    call_id: str
    output: str | list[Part]

    def message(self) -> dict[str, Any]:
        return {"role": "tool", "tool_call_id": self.call_id, "content": _content(self.output)}


class Thought(BaseModel):
    """Taken and dropped: chat templates drop earlier thoughts too."""

    def message(self) -> None:
        return None


InputItem = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[Thought, Tag("reasoning")],
    Discriminator(lambda item: item.get("type", "message") if isinstance(item, dict) else None),
]
Input = Annotated[list[InputItem], Field(min_length=1)]

_items = TypeAdapter(list[InputItem])


def messages_of(given: str | list[InputItem]) -> Messages:
    """Calls that follow each other become one assistant message, as chat templates expect."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    messages: Messages = []
    for item in given:
        message = item.message()
        if message is None:
            continue
        last = messages[-1] if messages else {}
        if message.get("tool_calls") and last.get("role") == "assistant":
            messages[-1] = {**last, "tool_calls": [*last.get("tool_calls", []), *message["tool_calls"]]}
        else:
            messages.append(message)
    return messages


def messages_of_output(items: list[dict[str, Any]]) -> Messages:
    """A response's output as what was said before the next one."""
    return messages_of(_items.validate_python(items))


def _content(content: str | list[Part]) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [part.model_dump() | {"type": PART_TYPES.get(part.type, part.type)} for part in content]
