"""One answer as it is written."""

import codecs
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from server.chat.call_or_talk import CallConstraint, CallGate
from server.chat.deltas import Delta
from server.chat.grammar import GrammarCompiler
from server.chat.talk import Talk
from server.chat.tool_calling import ToolCalling
from server.chat.tools import Toolbox
from server.engine.constraint import Constraint
from server.engine.engine import Engine
from server.engine.generation import Generation
from server.engine.sampling import SamplingParams

FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True)
class Plan:
    """What an answer is to be: `grammar` holds its content, `calls` its tool calls, both in Lark."""

    prompt: list[int]
    params: SamplingParams
    stop: list[str]
    max_tokens: int | None = None
    thinks: bool = False
    grammar: str | None = None
    tools: Toolbox | None = None
    calls: str = ""


class Answer:
    """The deltas of one answer: `async for delta in answer`.

    Leaving the loop early, for whatever reason, gives the engine's place back. The counts grow with the answer;
    `finish_reason` is set at its end. Raises ContextLengthExceeded or QueueFull before anything is computed.
    """

    def __init__(self, engine: Engine, compiler: GrammarCompiler, calling: ToolCalling, plan: Plan) -> None:
        self.prompt_tokens = len(plan.prompt)
        self.completion_tokens = 0
        self.finish_reason: FinishReason | None = None
        self._engine = engine
        self._compiler = compiler
        self._calling = calling
        self._plan = plan
        self._gate: CallGate | None = None
        self._generation = self._first()
        # The first attempt reads the prompt; what a later one finds cached is our own doing.
        self._first_generation = self._generation

    @property
    def cached_tokens(self) -> int:
        """How many tokens of the prompt had been computed for an earlier request."""
        return self._first_generation.cached_tokens

    async def __aiter__(self) -> AsyncIterator[Delta]:
        try:
            async for delta in self._deltas():
                yield delta
        finally:
            self._generation.cancel()

    def _first(self) -> Generation:
        plan = self._plan
        if plan.tools is None:
            return self._submit(plan.prompt, self._content())
        if plan.tools.mode == "required":
            return self._submit(plan.prompt, self._calling.constraint(plan.calls))
        self._gate = self._calling.gate()
        # Content under a grammar cannot turn into a call: look at the first token only, then begin as it says.
        return self._submit(plan.prompt, self._gate, max_tokens=1 if plan.grammar else None)

    async def _deltas(self) -> AsyncIterator[Delta]:
        if self._gate is None:
            async for delta in self._read_calls() if self._plan.tools else self._listen(self._talk()):
                yield delta
            return
        talk = self._talk()
        if self._plan.grammar:
            await self._probe()
            wants_call, spoken = self._gate.open, False
        else:
            spoken = False
            async for delta in self._listen(talk):
                spoken = True
                yield delta
            if not talk.calls:
                return
            wants_call = True
        if wants_call:
            names = self._calling.constraint(self._plan.calls, 1.0 if spoken else self._gate.probability)
            self._generation = self._submit(self._before_calls(talk), names)
            async for delta in self._read_calls(names):
                yield delta
            if not names.refused:
                return
        if spoken:
            self.finish_reason = "stop"
            return
        self._generation = self._submit(self._plan.prompt, self._content() or self._calling.gate(shut=True))
        async for delta in self._listen(self._talk()):
            yield delta
        self.finish_reason = self.finish_reason or "stop"

    async def _listen(self, talk: Talk) -> AsyncIterator[Delta]:
        """Words, up to the end of the answer or the opening of a call."""
        async for token in self._generation:
            self.completion_tokens += 1
            for delta in talk.add(token, self._calling.piece(token.id)):
                yield delta
            if talk.stopped or talk.calls:
                self._generation.cancel()
                self.finish_reason = "stop" if talk.stopped else None
                return
        for delta in talk.flush():
            yield delta
        self.finish_reason = "stop" if talk.stopped else self._generation.finish_reason

    async def _read_calls(self, names: CallConstraint | None = None) -> AsyncIterator[Delta]:
        """Calls, up to the end of the answer; none if their gate refuses."""
        assert self._plan.tools
        reader = self._calling.reader(self._plan.tools)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        async for token in self._generation:
            self.completion_tokens += 1
            if names and names.refused:
                self._generation.cancel()
                return
            for delta in reader.add(decode(self._engine.model.piece(token.id, special=True))):
                yield delta
            if reader.repeats:
                break
        self._generation.cancel()
        cut = self._generation.finish_reason == "length"
        self.finish_reason = "length" if cut else "tool_calls"

    async def _probe(self) -> None:
        async for _ in self._generation:
            self.completion_tokens += 1

    def _talk(self) -> Talk:
        tools = self._plan.tools
        opening = self._calling.opening(tools) if tools and not self._plan.grammar else None
        return Talk(thinks=self._plan.thinks, stop=self._plan.stop, opening=opening)

    def _content(self) -> Constraint | None:
        return self._compiler.compile(self._plan.grammar) if self._plan.grammar else None

    def _before_calls(self, talk: Talk) -> list[int]:
        if self._plan.grammar or not talk.before_call:
            return self._plan.prompt
        text = talk.before_call + "\n"
        return self._plan.prompt + self._engine.model.tokenize(text, add_special=False, parse_special=True)

    def _submit(
        self, prompt: list[int], constraint: Constraint | None, max_tokens: int | None = None
    ) -> Generation:
        """The next attempt, with as many tokens as the request has left."""
        if max_tokens is None and self._plan.max_tokens:
            max_tokens = max(1, self._plan.max_tokens - self.completion_tokens)
        return self._engine.submit(prompt, self._plan.params, max_tokens, constraint)
