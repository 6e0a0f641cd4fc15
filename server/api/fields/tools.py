"""Tools in a request."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most
from server.chat.tool_calls.tools import NO_PARAMETERS, Tool, Toolbox

MAX_TOOLS = 128  # OpenAI's limit

Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{1,64}$")]
# Of a tool that was declared elsewhere; Anthropic's names are the longest.
ChosenName = Annotated[str, Field(max_length=128)]


class Function(BaseModel):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None

    def tool(self) -> Tool:
        parameters = self.parameters or NO_PARAMETERS
        return Tool(self.name, self.description or "", parameters, strict=bool(self.strict))


class ToolDeclaration(BaseModel):
    type: Literal["function"]
    function: Function


class NamedFunction(BaseModel):
    name: ChosenName


class NamedTool(BaseModel):
    type: Literal["function"]
    function: NamedFunction


class AllowedTools(BaseModel):
    mode: Literal["auto", "required"]
    tools: Annotated[list[NamedTool], Field(min_length=1, fail_fast=True), at_most(MAX_TOOLS)]


class AllowedToolsChoice(BaseModel):
    type: Literal["allowed_tools"]
    allowed_tools: AllowedTools


ToolChoice = Literal["none", "auto", "required"] | NamedTool | AllowedToolsChoice


def toolbox(tools: list[Tool], choice: ToolChoice | None, *, parallel: bool) -> Toolbox | None:
    """What the model may call; None if nothing."""
    if not tools:
        if choice not in (None, "none", "auto"):
            raise ApiError(400, "tool_choice asks for a call, but there are no tools.", param="tool_choice")
        return None
    every = tuple(tools)
    if len({tool.name for tool in every}) < len(every):
        raise ApiError(400, "Two tools have the same name.", param="tools")
    match choice:
        case "none":
            return None
        case None | "auto":
            return Toolbox(every, every, "auto", parallel)
        case "required":
            return Toolbox(every, every, "required", parallel)
        case NamedTool():
            return Toolbox(every, _named([choice], every), "required", parallel=False)
        case AllowedToolsChoice():
            allowed = choice.allowed_tools
            return Toolbox(every, _named(allowed.tools, every), allowed.mode, parallel)


def _named(wanted: list[NamedTool], tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    by_name = {tool.name: tool for tool in tools}
    for each in wanted:
        if each.function.name not in by_name:
            names = ", ".join(by_name)
            raise ApiError(
                400, f"tool_choice names {each.function.name!r}; the tools are {names}.", param="tool_choice"
            )
    return tuple(by_name[each.function.name] for each in wanted)
