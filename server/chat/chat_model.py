"""A chat model: a template and an engine."""

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import Any

from server.chat.answer import Answer
from server.chat.grammar import GrammarCompiler
from server.chat.json_schema import json_grammar
from server.chat.messages import answered_calls, called_before, normalize
from server.chat.plan import Plan
from server.chat.reasoning import CLOSE, OPEN
from server.chat.template import ChatTemplate, TemplateRefusal
from server.chat.tool_calling import ToolCalling
from server.chat.tool_format import HERMES, format_of
from server.chat.tool_prompt import retold, with_advice, with_request, with_tools
from server.chat.tools import Tool, Toolbox
from server.engine.engine import ContextLengthExceeded, Engine
from server.engine.sampling import SamplingParams

# A question that every model calls this tool for.
QUESTION = [{"role": "user", "content": "What is the weather in Rome?"}]
WEATHER = Tool(
    "get_weather",
    "The weather of today in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


class ChatModel:
    """Answers messages, or goes on from a plain prompt.

    What cannot be answered is refused before anything is computed: TemplateRefusal, UnsupportedContent,
    UnsupportedTool, UnsupportedSchema, GrammarError, ContextLengthExceeded, QueueFull.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._template = ChatTemplate(engine.model)
        self._compiler = GrammarCompiler(engine.model)
        self._form = format_of(self._template.source)
        self._calling = ToolCalling(engine.model, self._form or HERMES, self._compiler)

    @property
    def thinks(self) -> bool:
        """Whether the model can think before it answers."""
        return OPEN in self._template.source

    def plan(
        self,
        messages: list[dict[str, Any]],
        params: SamplingParams,
        *,
        stop: list[str],
        max_tokens: int | None = None,
        tools: Toolbox | None = None,
        schema: dict[str, Any] | None = None,
        variables: dict[str, Any] | None = None,
    ) -> Plan:
        """Everything that an answer needs, compiled and checked; `schema` is what its content has to satisfy.

        Takes a while for large schemas: call it from a thread.
        """
        held = schema is not None or (tools is not None and tools.mode == "required")
        messages = normalize(messages)
        if called_before(messages) and self._strays:
            messages = retold(messages)
        if tools:
            tools = replace(tools, answered=answered_calls(messages))
        prompt = self._prompt(messages, tools, variables or {}, thinks=not held)
        words = None if held else self._words_prompt(messages, tools, variables or {})
        return Plan(
            prompt=words if words and not tools else self._template.tokenize(prompt),
            params=params,
            stop=stop,
            max_tokens=max_tokens,
            thinks=prompt.rstrip().endswith(OPEN),
            grammar=None if schema is None else self._compiler.compile(json_grammar(schema)),
            tools=tools,
            calls=self._calling.grammar(tools) if tools else None,
            talks=tools is None and messages[-1]["role"] == "tool",
            words=words if tools else None,
        )

    def answer(self, plan: Plan) -> Answer:
        return Answer(self.engine, self._calling, plan)

    def complete(
        self, prompt: list[int], params: SamplingParams, *, max_tokens: int, stop: list[str]
    ) -> Answer:
        """The continuation of a tokenised text."""
        return self.answer(Plan(prompt, params, stop, max_tokens))

    def tokenize(self, text: str) -> list[int]:
        """Token ids of a plain prompt, begun as the vocabulary wants it."""
        return self.engine.model.tokenize(text, add_special=True, parse_special=True)

    @cached_property
    def _strays(self) -> bool:
        """Whether the model begins calls in another form than its template's. Asks it once, so not on an event loop."""
        try:
            return asyncio.run(self._begins_otherwise())
        except (TemplateRefusal, ContextLengthExceeded):
            return False

    async def _begins_otherwise(self) -> bool:
        gate = self._calling.gate()
        prompt = self._prompt(QUESTION, Toolbox((WEATHER,), (WEATHER,)), {}, thinks=False)
        tokens = self._template.tokenize(prompt)
        async for _ in self.engine.submit(tokens, SamplingParams(temperature=0), 1, gate, goes_on=True):
            pass
        return gate.strays

    def _words_prompt(
        self, messages: list[dict[str, Any]], tools: Toolbox | None, variables: dict[str, Any]
    ) -> list[int] | None:
        """The prompt for words about results; None where there are no results, or no room, or the model thinks."""
        if messages[-1]["role"] != "tool" or self.thinks:
            return None
        try:
            # A template that knows no tools needs them to tell what the calls and results are.
            prompt = self._prompt(
                with_request(messages), None if self._form else tools, variables, thinks=False
            )
        except TemplateRefusal:  # it takes no user after a tool
            return None
        tokens = self._template.tokenize(prompt)
        return tokens if len(tokens) < self.engine.n_ctx else None

    def _prompt(
        self,
        messages: list[dict[str, Any]],
        tools: Toolbox | None,
        variables: dict[str, Any],
        *,
        thinks: bool,
    ) -> str:
        if not thinks:
            variables = {**variables, "enable_thinking": False}
        declared = None
        if tools and tools.mode == "auto":
            messages = with_advice(messages)
        if tools and self._form:
            declared = [tool.declaration() for tool in tools.declared]
        elif tools:
            messages = with_tools(messages, tools.declared)
        prompt = self._template.render(messages, declared, variables)
        # Some templates always open a thought; where an answer has to keep a form from its start, close it again.
        return prompt if thinks or not prompt.rstrip().endswith(OPEN) else f"{prompt.rstrip()}\n{CLOSE}\n\n"
