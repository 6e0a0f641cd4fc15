"""AG-UI: runs as the events that chat pages such as CopilotKit's read."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any
from uuid import uuid4

from ag_ui.core import (
    PROTOCOL_VERSION,
    BaseEvent,
    CustomEvent,
    Interrupt,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunFinishedSuccessOutcome,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    TokenUsage,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from agents.runtime.steps import Note, TextDelta, ToolCall, ToolResult, Usage
from agents.service.requests import MOST_CHARACTERS, Last, ThreadId
from agents.service.run import Approval, Ended, Event, Run

# What a client is to send back for an approval.
ANSWER = {"type": "object", "properties": {"approved": {"type": "boolean"}}, "required": ["approved"]}


class Wire(BaseModel):
    """The part of `ag_ui.core.RunAgentInput` that is read: the service remembers the conversation itself."""

    model_config = ConfigDict(alias_generator=to_camel)


class Part(Wire):
    type: str
    text: str = Field("", max_length=MOST_CHARACTERS)


class Message(Wire):
    role: str
    content: (
        Annotated[str, Field(max_length=MOST_CHARACTERS)] | Annotated[list[Part], Field(max_length=100)]
    ) = ""

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if part.type == "text")


class Answer(Wire):
    interrupt_id: str
    status: str
    payload: Any = None

    @property
    def approved(self) -> bool:
        payload = self.payload.get("approved") if isinstance(self.payload, dict) else self.payload
        return self.status == "resolved" and payload is True


class RunInput(Wire):
    thread_id: ThreadId
    run_id: str = Field(max_length=100)
    messages: Annotated[list[Message], Last]
    resume: Annotated[list[Answer] | None, Last] = None


class Translation:
    """The events of one request; one run may take several, with approvals between them."""

    def __init__(self, request: RunInput, model: str) -> None:
        self._thread, self._run = request.thread_id, request.run_id
        self._model = model
        self._message: str | None = None
        self._called: set[str] = set()
        self._usage: list[TokenUsage] = []

    async def events(self, run: Run) -> AsyncIterator[BaseEvent]:
        yield RunStartedEvent(thread_id=self._thread, run_id=self._run, protocol_version=PROTOCOL_VERSION)
        async for event in run.events():
            for translated in self._translated(event):
                yield translated

    def _translated(self, event: Event) -> Iterator[BaseEvent]:
        if isinstance(event, TextDelta):
            yield from self._write(event.text)
            return
        if isinstance(event, Usage):
            self._count(event)
            return
        if self._message is not None:
            yield TextMessageEndEvent(message_id=self._message)
            self._message = None
        match event:
            case ToolCall(id, name, arguments):
                yield from self._call(id, name, json.dumps(arguments, ensure_ascii=False, default=str))
            case ToolResult(id, name, result):
                if self._own(id) not in self._called:  # a call whose arguments were none
                    yield from self._call(id, name, "{}")
                yield ToolCallResultEvent(message_id=str(uuid4()), tool_call_id=self._own(id), content=result)
            case Note(en, zh):
                yield CustomEvent(name="note", value={"en": en, "zh": zh})
            case Approval(id, en, zh):
                asked = Interrupt(id=id, reason="approval", message=f"{en}\n{zh}", response_schema=ANSWER)
                yield self._finished(RunFinishedInterruptOutcome(interrupts=[asked]))
            case Ended("failed", problem) if problem:
                yield RunErrorEvent(message=f"{problem.en}\n{problem.zh}", code="failed", usage=self._usage)
            case Ended("cancelled"):
                yield self._finished(RunFinishedCancelledOutcome())
            case Ended():
                yield self._finished(RunFinishedSuccessOutcome())

    def _write(self, text: str) -> Iterator[BaseEvent]:
        if not text:  # the protocol has no empty piece
            return
        if self._message is None:
            self._message = str(uuid4())
            yield TextMessageStartEvent(message_id=self._message, role="assistant")
        yield TextMessageContentEvent(message_id=self._message, delta=text)

    def _call(self, call: str, name: str, arguments: str) -> Iterator[BaseEvent]:
        own = self._own(call)
        self._called.add(own)
        yield ToolCallStartEvent(tool_call_id=own, tool_call_name=name)
        yield ToolCallArgsEvent(tool_call_id=own, delta=arguments)
        yield ToolCallEndEvent(tool_call_id=own)

    def _own(self, call: str) -> str:
        """Some agents give a call the same id in every turn; a page keeps them all."""
        return f"{self._run}:{call}"

    def _count(self, usage: Usage) -> None:
        self._usage.append(
            TokenUsage(
                model=self._model,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                total_tokens=usage.input_tokens + usage.output_tokens,
                cached_input_tokens=usage.cached_tokens,
            )
        )

    def _finished(self, outcome: Any) -> BaseEvent:
        return RunFinishedEvent(thread_id=self._thread, run_id=self._run, outcome=outcome, usage=self._usage)
