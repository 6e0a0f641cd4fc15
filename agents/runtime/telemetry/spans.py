"""The steps to an answer as spans: the agent's run, and in it every call of the model and of a tool."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from agents.runtime.steps import Step, TextDelta, ToolCall, ToolResult, Usage
from agents.runtime.telemetry import names
from kit.endpoint import Endpoint


class Spans:
    """Makes spans of what passes through `record`; `content` adds questions, answers, arguments and results."""

    def __init__(self, provider: TracerProvider, agent: str, model: Endpoint, *, content: bool) -> None:
        self._provider = provider
        self._agent = agent
        self._model = model
        self._content = content

    def record(self, question: str, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps, each told before it is passed on. At the end all spans have been sent."""
        tracer = self._provider.get_tracer("agents.runtime.telemetry", schema_url=names.SCHEMA)
        run = _Run(tracer, self._agent, self._model, question if self._content else None)
        try:
            for step in steps:
                run.add(step)
                yield step
        except Exception as error:
            run.failed(error)
            raise
        finally:
            run.end()
            self._provider.force_flush()


class _Run:
    """The spans of one question, made from the moments at which its steps come."""

    def __init__(self, tracer: Tracer, agent: str, model: Endpoint, question: str | None) -> None:
        self._tracer = tracer
        self._content = question is not None
        address = urlsplit(model.base_url)
        self._server: dict[str, str | int] = {
            names.PROVIDER: names.OPENAI,
            names.MODEL: model.model,
            names.SERVER_ADDRESS: address.hostname or "",
            names.SERVER_PORT: address.port or (443 if address.scheme == "https" else 80),
        }
        self._model = model.model
        attributes = {names.OPERATION: names.INVOKE_AGENT, names.AGENT_NAME: agent, **self._server}
        self._run = tracer.start_span(f"{names.INVOKE_AGENT} {agent}", attributes=attributes)
        if question is not None:
            self._run.set_attribute(names.INPUT_MESSAGES, _messages("user", question))
        self._context = set_span_in_context(self._run)
        self._tools: dict[str, Span] = {}
        # When the model was handed what it answers now.
        self._asked = time.time_ns()
        self._text = ""
        self._answer = ""
        self._chats = 0

    def add(self, step: Step) -> None:
        match step:
            case TextDelta(text):
                self._text += text
                self._answer += text
            case Usage():
                self._chat(step)
            case ToolCall():
                self._begin_tool(step)
            case ToolResult():
                self._end_tool(step)

    def failed(self, error: Exception) -> None:
        # A class and no message, which may quote the question.
        _fail(self._run, type(error).__name__)

    def end(self) -> None:
        if self._text and not self._chats:  # an agent that says nothing of usage
            self._chat(None)
        for span in self._tools.values():  # stopped before their results came
            _fail(span, names.OTHER_ERROR)
            span.end()
        if self._content:
            self._run.set_attribute(names.OUTPUT_MESSAGES, _messages("assistant", self._answer))
        self._run.end()

    def _chat(self, usage: Usage | None) -> None:
        """A call of the model that has just ended."""
        attributes: dict[str, str | int] = {names.OPERATION: names.CHAT, **self._server}
        if usage and usage.input_tokens:
            attributes[names.INPUT_TOKENS] = usage.input_tokens
            attributes[names.OUTPUT_TOKENS] = usage.output_tokens
            attributes[names.CACHED_TOKENS] = usage.cached_tokens
        if self._content and self._text:
            attributes[names.OUTPUT_MESSAGES] = _messages("assistant", self._text)
        span = self._tracer.start_span(
            f"{names.CHAT} {self._model}",
            context=self._context,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=self._asked,
        )
        span.end()
        self._chats += 1
        self._text = ""
        if not self._tools:  # models that work as tools began together
            self._asked = time.time_ns()

    def _begin_tool(self, call: ToolCall) -> None:
        attributes = {
            names.OPERATION: names.EXECUTE_TOOL,
            names.TOOL_NAME: call.name,
            names.TOOL_TYPE: names.FUNCTION,
            names.TOOL_CALL_ID: call.id,
        }
        if self._content:
            attributes[names.TOOL_ARGUMENTS] = json.dumps(call.arguments)
        self._tools[call.id] = self._tracer.start_span(
            f"{names.EXECUTE_TOOL} {call.name}", context=self._context, attributes=attributes
        )

    def _end_tool(self, result: ToolResult) -> None:
        if span := self._tools.pop(result.id, None):
            if self._content:
                span.set_attribute(names.TOOL_RESULT, result.result.encode(errors="replace").decode())
            if result.failed:
                _fail(span, names.OTHER_ERROR)
            span.end()
        if not self._tools:
            self._answer = ""
            self._asked = time.time_ns()


def _fail(span: Span, kind: str) -> None:
    span.set_attribute(names.ERROR_TYPE, kind)
    span.set_status(StatusCode.ERROR)


def _messages(role: str, text: str) -> str:
    """One message in the conventions' JSON; ASCII, since half a surrogate pair is no UTF-8."""
    message: dict[str, Any] = {"role": role, "parts": [{"type": "text", "content": text}]}
    if role == "assistant":
        message["finish_reason"] = "stop"
    return json.dumps([message])
