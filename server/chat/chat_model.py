"""A chat model: a template and an engine."""

import contextlib
from dataclasses import replace
from typing import Any

from server.chat.answer import Answer
from server.chat.constrained.bounds import excess
from server.chat.constrained.grammar import GrammarCompiler
from server.chat.constrained.json_schema import UnsupportedSchema
from server.chat.constrained.relaxed import held_as_far_as_possible, strictly_held
from server.chat.constrained.trial import together
from server.chat.plan import Plan
from server.chat.prompt.boundaries import another_conversation, partings
from server.chat.prompt.messages import answered_calls, called_before, instructed, normalize
from server.chat.prompt.prompts import Prompts
from server.chat.prompt.skeleton import form_of
from server.chat.prompt.template import ChatTemplate, TemplateRefusal
from server.chat.prompt.thinking import Thinking
from server.chat.tool_calls.calling import ToolCalling
from server.chat.tool_calls.format import HERMES, format_of
from server.chat.tool_calls.grammar import UnsupportedTool
from server.chat.tool_calls.probe import QUESTION, TOOLBOX, FormProbe
from server.chat.tool_calls.prompt import (
    with_fenced_calls,
    with_request,
    without_calls,
)
from server.chat.tool_calls.tools import Toolbox
from server.engine.engine import ContextLengthExceeded, Engine
from server.engine.sampling import SamplingParams


class ChatModel:
    """Answers messages, or goes on from a plain prompt.

    What cannot be answered is refused before anything is computed: TemplateRefusal, UnsupportedContent,
    UnsupportedTool, UnsupportedSchema, GrammarError, TooManyGrammars, TriedTooLong, ContextLengthExceeded,
    QueueFull.
    """

    def __init__(self, engine: Engine, sampling: SamplingParams | None = None) -> None:
        """`sampling` is for requests that say nothing of it."""
        self.engine = engine
        self.sampling = sampling or SamplingParams()
        self._template = ChatTemplate(engine.model)
        self._compiler = GrammarCompiler(engine.model)
        self._form = format_of(self._template.source)
        self._thinking = Thinking(self._template)
        self._prompts = Prompts(self._template, self._thinking, self._form)
        self._calling = ToolCalling(engine.model, self._form or HERMES, self._compiler, self._thinking.marks)
        self._probe = FormProbe(engine, self._calling, self._probing_prompt)

    @property
    def can_think(self) -> bool:
        """Whether the model can think before it answers."""
        return self._thinking.possible

    @together()
    def plan(
        self,
        messages: list[dict[str, Any]],
        params: SamplingParams,
        *,
        stop: list[str],
        max_tokens: int | None = None,
        tools: Toolbox | None = None,
        schema: dict[str, Any] | None = None,
        strict: bool = False,
        variables: dict[str, Any] | None = None,
    ) -> Plan:
        """Everything that an answer needs, compiled and checked; `schema` is what its content has to satisfy: all of
        it if `strict`, otherwise as much as decoding can be held to.

        Takes a while for large schemas, and the first time that a conversation holds calls: call it from a thread.
        """
        _refuse_excess(schema, tools)
        # Agents wait for every thought: who does not ask for them gets none, where the template has the switch.
        variables = self._thinking.switched(variables or {})
        formal = schema is not None or (tools is not None and tools.mode == "required")
        messages = normalize(messages)
        if schema is not None and (form := form_of(schema)):
            messages = instructed(messages, form)
        if called_before(messages) and self._calls_off_template():
            messages = with_fenced_calls(messages) if tools else without_calls(messages)
        if tools:
            tools = replace(tools, answered=answered_calls(messages))
        prompt = self._prompts.text(messages, tools, variables, may_think=not formal)
        text_prompt = None if formal else self._text_prompt(messages, tools, variables)
        held = None
        if schema is not None:
            held = strictly_held(schema) if strict else held_as_far_as_possible(schema)
        calls, unheld = self._calling.grammar(tools) if tools else (None, ())
        tokens = text_prompt if text_prompt and not tools else self._template.tokenize(prompt)
        return Plan(
            prompt=tokens,
            params=params,
            stop=stop,
            max_tokens=max_tokens,
            in_thought=self._thinking.opened(prompt),
            grammar=self._compiler.compile(held.grammar()) if held else None,
            tools=tools,
            calls=calls,
            answers_calls=tools is None and messages[-1]["role"] == "tool",
            text_prompt=text_prompt if tools else None,
            schema=schema,
            unheld=unheld + (held.unheld if held else ()),
            boundaries=self._boundaries(tokens, messages, tools, variables, may_think=not formal),
        )

    def answer(self, plan: Plan) -> Answer:
        return Answer(self.engine, self._calling, plan)

    def complete(
        self, prompt: list[int], params: SamplingParams, *, count: int, max_tokens: int, stop: list[str]
    ) -> list[Answer]:
        """Continuations of a tokenised text."""
        return [self.answer(plan) for plan in Plan(prompt, params, stop, max_tokens).several(count)]

    def tokenize(self, text: str) -> list[int]:
        """Token ids of a plain prompt, begun as the vocabulary wants it."""
        return self.engine.model.tokenize(text, add_special=True, parse_special=True)

    def _calls_off_template(self) -> bool:
        try:
            return self._probe.off_template()
        except (TemplateRefusal, ContextLengthExceeded):
            return False

    def _probing_prompt(self) -> list[int]:
        return self._template.tokenize(self._prompts.text(QUESTION, TOOLBOX, {}, may_think=False))

    def _text_prompt(
        self, messages: list[dict[str, Any]], tools: Toolbox | None, variables: dict[str, Any]
    ) -> list[int] | None:
        """The prompt for words about results; None where there are no results, or no room, or the model thinks."""
        if messages[-1]["role"] != "tool" or self.can_think or not self._prompts.take_requests(messages):
            return None
        try:
            # A template that knows no tools needs them to tell what the calls and results are.
            prompt = self._prompts.text(
                with_request(messages), None if self._form else tools, variables, may_think=False
            )
        except TemplateRefusal:  # it takes no user after a tool
            return None
        tokens = self._template.tokenize(prompt)
        return tokens if len(tokens) < self.engine.n_ctx else None

    def _boundaries(
        self,
        prompt: list[int],
        messages: list[dict[str, Any]],
        tools: Toolbox | None,
        variables: dict[str, Any],
        *,
        may_think: bool,
    ) -> tuple[int, ...]:
        """The end of the rules and tools, and the end of what has been said: where a later prompt may think again
        otherwise, or say no more what was thought."""
        if self.engine.model.forgets_by_position:  # any position will do
            return ()
        others = []
        for said, opens in ((another_conversation(messages), True), (messages, False)):
            with contextlib.suppress(TemplateRefusal):
                text = self._prompts.text(said, tools, variables, may_think=may_think, opens=opens)
                others.append(self._template.tokenize(text))
        return partings(prompt, others)


def _refuse_excess(schema: dict[str, Any] | None, tools: Toolbox | None) -> None:
    """Raises UnsupportedSchema or UnsupportedTool for what is too large to be walked."""
    if schema is not None and (reason := excess(schema)):
        raise UnsupportedSchema(reason)
    for tool in tools.declared if tools else ():
        if reason := excess(tool.parameters):
            raise UnsupportedTool([tool.name], reason)
