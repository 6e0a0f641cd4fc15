"""One answer as it is written."""

import codecs
import weakref
from collections.abc import AsyncIterator
from typing import Literal

from server.chat.call_or_talk import LEAST_AFTER_RESULTS, LEAST_FOR_CALL, CallConstraint, CallGate
from server.chat.deltas import Delta
from server.chat.plan import Plan
from server.chat.talk import Talk
from server.chat.tool_calling import ToolCalling
from server.engine.constraint import Constraint
from server.engine.engine import Engine
from server.engine.generation import Generation

FinishReason = Literal["stop", "length", "tool_calls"]


class Answer:
    """The deltas of one answer: `async for delta in answer`.

    Leaving the loop early, for whatever reason, gives the engine's place back. The counts grow with the answer;
    `finish_reason` is set at its end. Raises ContextLengthExceeded or QueueFull before anything is computed.
    """

    def __init__(self, engine: Engine, calling: ToolCalling, plan: Plan) -> None:
        self.prompt_tokens = len(plan.prompt)
        self.completion_tokens = 0
        self.finish_reason: FinishReason | None = None
        self._engine = engine
        self._calling = calling
        self._plan = plan
        self._gate: CallGate | None = None
        self._talks: list[Talk] = []
        self._first_generation: Generation | None = None
        self._first_generation = self._generation = self._first()

    @property
    def cached_tokens(self) -> int:
        """How many tokens of the prompt had been computed for an earlier request."""
        # The first attempt reads the prompt; what a later one finds cached is our own doing.
        return (self._first_generation or self._generation).cached_tokens

    @property
    def reasoning_tokens(self) -> int:
        return sum(talk.reasoning_tokens for talk in self._talks)

    async def __aiter__(self) -> AsyncIterator[Delta]:
        try:
            async for delta in self._deltas():
                yield delta
        finally:
            self._generation.cancel()

    def _first(self) -> Generation:
        plan = self._plan
        if plan.tools is None:
            return self._submit(
                plan.prompt, self._content() or (self._calling.gate(shut=True) if plan.talks else None)
            )
        if plan.tools.mode == "required":
            return self._submit(plan.prompt, self._held())
        self._gate = self._calling.gate(LEAST_AFTER_RESULTS if plan.words else LEAST_FOR_CALL)
        return self._submit(plan.prompt, self._gate, max_tokens=1 if self._looks_first else None)

    @property
    def _looks_first(self) -> bool:
        """Whether words and calls begin apart: content under a grammar, and words with a prompt of their own."""
        return bool(self._plan.grammar or self._plan.words)

    def _deltas(self) -> AsyncIterator[Delta]:
        if self._plan.tools is None:
            return self._listen(self._talk())
        if self._gate is None:
            return self._read_calls()
        return self._call_or_content(self._gate) if self._looks_first else self._call_or_talk(self._gate)

    async def _call_or_talk(self, gate: CallGate) -> AsyncIterator[Delta]:
        """Words that may turn into calls; if the model does not mean them, or has made the tool up, words again."""
        talk, spoken = self._talk(), False
        async for delta in self._listen(talk):
            spoken = True
            yield delta
        if not talk.calls:
            return
        if not talk.invents:
            probability = 1.0 if spoken else gate.probability
            async for delta in self._call(talk.before_call, probability, stray=gate.strays and not spoken):
                yield delta
        if self.finish_reason is None and not spoken:
            self._generation = self._submit(self._plan.prompt, self._calling.gate(shut=True))
            async for delta in self._listen(self._talk()):
                yield delta
        # A call that nobody means ends the words before it.
        self.finish_reason = self.finish_reason or "stop"

    async def _call_or_content(self, gate: CallGate) -> AsyncIterator[Delta]:
        """Calls, or content, as the first token says."""
        async for _ in self._generation:
            self.completion_tokens += 1
        if gate.open:
            async for delta in self._call("", gate.probability, stray=gate.strays):
                yield delta
        if self.finish_reason is None:
            plan = self._plan
            content = self._content() or self._calling.gate(shut=True)
            self._generation = self._submit(plan.words or plan.prompt, content)
            async for delta in self._listen(self._talk()):
                yield delta
        # A call in the middle of the words ends them.
        self.finish_reason = self.finish_reason or "stop"

    async def _call(self, before: str, probability: float, *, stray: bool = False) -> AsyncIterator[Delta]:
        """Calls after what has been said; no `finish_reason` if the model does not mean them enough."""
        room = self._engine.n_ctx - self.prompt_tokens
        if self.completion_tokens >= min(self._plan.max_tokens or room, room):
            self.finish_reason = "length"
            return
        constraint = self._held(probability, stray=stray)
        said = f"{before}\n" if before else ""
        prompt = self._engine.model.tokenize(said, add_special=False, parse_special=True)
        self._generation = self._submit(self._plan.prompt + prompt, constraint)
        async for delta in self._read_calls(constraint, stray=stray):
            yield delta

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

    async def _read_calls(
        self, constraint: CallConstraint | None = None, *, stray: bool = False
    ) -> AsyncIterator[Delta]:
        """Calls, up to the end of the answer, or to one that is not meant or was answered already."""
        assert self._plan.tools
        reader = self._calling.reader(self._plan.tools, stray=stray)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        async for token in self._generation:
            self.completion_tokens += 1
            if constraint and constraint.refused:
                self._generation.cancel()
                return
            for delta in reader.add(decode(self._engine.model.piece(token.id, special=True))):
                yield delta
            if reader.repeats and not reader.shown and self._gate:
                self._generation.cancel()
                return
            if reader.repeats:
                break
        self._generation.cancel()
        cut = self._generation.finish_reason == "length"
        self.finish_reason = "length" if cut else "tool_calls"

    def _talk(self) -> Talk:
        tools = self._plan.tools
        opening = self._calling.opening(tools) if tools and not self._plan.grammar else None
        talk = Talk(thinks=self._plan.thinks, stop=self._plan.stop, opening=opening)
        self._talks.append(talk)
        return talk

    def _content(self) -> Constraint | None:
        return self._plan.grammar.copy() if self._plan.grammar else None

    def _held(self, probability: float | None = None, *, stray: bool = False) -> CallConstraint:
        assert self._plan.calls
        return self._calling.constraint(self._plan.calls, probability, stray=stray)

    def _submit(
        self, prompt: list[int], constraint: Constraint | None, max_tokens: int | None = None
    ) -> Generation:
        """The next attempt, with as many tokens as the request has left."""
        if max_tokens is None and self._plan.max_tokens:
            max_tokens = max(1, self._plan.max_tokens - self.completion_tokens)
        generation = self._engine.submit(
            prompt, self._plan.params, max_tokens, constraint, goes_on=self._first_generation is not None
        )
        # A client that hangs up before its stream begins leaves an answer that nobody ever reads.
        weakref.finalize(self, generation.cancel)
        return generation
