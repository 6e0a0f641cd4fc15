"""What a request for a response may say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.fields.bounded import PLAIN_TYPE, Label, at_most
from server.api.fields.response_format import JsonObject, JsonSchema, NamedSchema, Text
from server.api.fields.sampling import SamplingFields
from server.api.fields.tools import (
    MAX_TOOLS,
    AllowedTools,
    AllowedToolsChoice,
    Function,
    NamedFunction,
    NamedTool,
    ToolChoice,
)
from server.api.responses.input import Input

# What chat completions call it, and OpenAI refuses here.
MOVED = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "functions": "tools",
    "function_call": "tool_choice",
}

# OpenAI's limits.
MAX_METADATA = 16
MetadataKey = Annotated[str, Field(max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class FunctionTool(Function):
    type: Literal["function"]


class FlatNamedTool(NamedFunction):
    type: Literal["function"]


class FlatAllowedTools(BaseModel):
    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[list[FlatNamedTool], Field(min_length=1, fail_fast=True), at_most(MAX_TOOLS)]


class FlatJsonSchema(NamedSchema):
    type: Literal["json_schema"]


class TextFormat(BaseModel):
    """`verbosity` is taken, and told again."""

    verbosity: Label | None = None
    format: Annotated[Text | JsonObject | FlatJsonSchema, Field(discriminator="type"), PLAIN_TYPE] | None = (
        None
    )


class Reasoning(BaseModel):
    effort: Label | None = None
    summary: Label | None = None


class ResponseRequest(SamplingFields):
    input: str | Input
    instructions: str | None = None
    previous_response_id: Label | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: Annotated[list[FunctionTool], Field(fail_fast=True), at_most(MAX_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | FlatNamedTool | FlatAllowedTools | None = None
    parallel_tool_calls: bool | None = None
    text: TextFormat | None = None
    reasoning: Reasoning | None = None
    store: bool | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], at_most(MAX_METADATA)] | None = None
    background: bool | None = None
    truncation: Label | None = None
    service_tier: Label | None = None
    safety_identifier: Label | None = None
    prompt_cache_key: Label | None = None
    user: Label | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    conversation: Any = None
    prompt: Any = None

    def chosen(self) -> ToolChoice | None:
        """The choice of tools as chat completions have it."""
        match choice := self.tool_choice:
            case FlatNamedTool():
                return _nested(choice)
            case FlatAllowedTools():
                allowed = AllowedTools(mode=choice.mode, tools=[_nested(tool) for tool in choice.tools])
                return AllowedToolsChoice(type="allowed_tools", allowed_tools=allowed)
        return choice

    def form(self) -> Text | JsonObject | JsonSchema | None:
        form = self.text.format if self.text else None
        return JsonSchema(type="json_schema", json_schema=form) if isinstance(form, FlatJsonSchema) else form


def refuse_unsupported(body: ResponseRequest, asked: dict[str, Any]) -> None:
    """`asked` is the body as it was sent."""
    for field, name in MOVED.items():
        if asked.get(field) is not None:
            message = f"Unsupported parameter: '{field}'. In the Responses API, it is called '{name}'."
            raise ApiError(400, message, param=field, code="unsupported_parameter")
    for field in ("background", "conversation", "prompt"):
        if getattr(body, field):
            raise ApiError(400, f"{field} is not supported.", param=field)


def _nested(tool: FlatNamedTool) -> NamedTool:
    return NamedTool(type="function", function=NamedFunction(name=tool.name))
