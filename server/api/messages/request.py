"""What a request for a message may say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from server.api.errors import ApiError
from server.api.fields.bounded import PLAIN_TYPE, Label, at_most
from server.api.fields.response_format import Form
from server.api.fields.sampling import MAX_STOPS, SamplingFields
from server.api.fields.tools import MAX_TOOLS, ChosenName, NamedFunction, NamedTool, ToolChoice, toolbox
from server.api.messages.input import Input, Texts, messages_of, text_of
from server.api.served import CHAT_ID, require
from server.chat.tool_calls.tools import Tool, Toolbox

# What programs are set to ask for that were written for Anthropic.
CHAT_NAMES = ("claude", CHAT_ID)


class ToolDeclaration(BaseModel):
    """`type` tells tools of the caller's from those that Anthropic runs."""

    type: Label | None = None
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{1,128}$")]
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None

    def tool(self, place: str) -> Tool:
        if self.type not in (None, "custom"):
            raise ApiError(
                400,
                f"{place} is of type {self.type!r}, which Anthropic runs itself. Give tools of your own, with an "
                "input_schema.",
                param=place,
            )
        if self.input_schema is None:
            raise ApiError(400, f"{place}.input_schema: Field required.", param=f"{place}.input_schema")
        return Tool(self.name, self.description or "", self.input_schema, strict=bool(self.strict))


class Choice(BaseModel):
    type: Literal["auto", "any", "none"]
    disable_parallel_tool_use: bool | None = None

    def chosen(self) -> ToolChoice:
        return "required" if self.type == "any" else self.type


class ChoiceByName(BaseModel):
    type: Literal["tool"]
    name: ChosenName
    disable_parallel_tool_use: bool | None = None

    def chosen(self) -> ToolChoice:
        return NamedTool(type="function", function=NamedFunction(name=self.name))


class Thinking(BaseModel):
    type: Literal["enabled", "adaptive", "between_tools", "disabled"]


class JsonSchema(BaseModel):
    type: Literal["json_schema"]
    body: Annotated[dict[str, Any], Field(alias="schema")]


class OutputConfig(BaseModel):
    format: JsonSchema | None = None


class CountRequest(SamplingFields):
    model: str
    messages: Input
    system: str | Texts | None = None
    stop_sequences: Annotated[list[str], Field(fail_fast=True), at_most(MAX_STOPS)] | None = None
    tools: Annotated[list[ToolDeclaration], Field(fail_fast=True), at_most(MAX_TOOLS)] | None = None
    tool_choice: Annotated[Choice | ChoiceByName, Field(discriminator="type"), PLAIN_TYPE] | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    mcp_servers: Any = None
    container: Any = None

    def check(self) -> None:
        """Raises ApiError for another model, and for what Anthropic's servers do beside answering."""
        require(CHAT_ID if self.model.startswith(CHAT_NAMES) else self.model, CHAT_ID)
        for field in ("mcp_servers", "container"):
            if getattr(self, field):
                raise ApiError(400, f"{field} is not supported.", param=field)

    def chat(self) -> list[dict[str, Any]]:
        """The messages of a chat, the system's first."""
        system = text_of(self.system or "", "system", between="\n\n")
        return ([{"role": "system", "content": system}] if system else []) + messages_of(self.messages)

    def stops(self) -> list[str]:
        return [text for text in self.stop_sequences or [] if text]

    def toolbox(self) -> Toolbox | None:
        tools = [declared.tool(f"tools.{i}") for i, declared in enumerate(self.tools or [])]
        choice = self.tool_choice
        parallel = not (choice and choice.disable_parallel_tool_use)
        return toolbox(tools, choice.chosen() if choice else None, parallel=parallel)

    def variables(self) -> dict[str, Any]:
        """Switches of the chat template: who does not ask for thoughts gets none."""
        return {"enable_thinking": self.thinking is not None and self.thinking.type != "disabled"}

    def form(self) -> Form:
        form = self.output_config.format if self.output_config else None
        return {"schema": form.body if form else None, "strict": form is not None}


class MessageRequest(CountRequest):
    max_tokens: Annotated[int, Field(ge=1)]
