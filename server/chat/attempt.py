"""One step of an answer: words, or calls, each with how it ended."""

import codecs
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Literal

from server.chat.deltas import Delta
from server.chat.output.text import TextStream
from server.chat.tool_calls.calling import ToolCalling
from server.chat.tool_calls.gate import CallConstraint, CallGate
from server.chat.tool_calls.parser import CallParser
from server.chat.tool_calls.policy import Outcome
from server.engine.generation import Generation

FinishReason = Literal["stop", "length", "tool_calls"]


class Attempt(ABC):
    """`async for delta in attempt`; afterwards `outcome` and `finish_reason` say how it ended."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.tokens = 0
        self.written = bytearray()
        self.outcome = Outcome(ended=False)
        self.finish_reason: FinishReason | None = None

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[Delta]: ...

    def _end(self, reason: FinishReason | None) -> None:
        self.outcome = Outcome(ended=True)
        self.finish_reason = reason


class Look(Attempt):
    """One token, which tells words from calls and is shown to nobody."""

    def __init__(self, generation: Generation, gate: CallGate) -> None:
        super().__init__(generation)
        self._gate = gate

    async def __aiter__(self) -> AsyncIterator[Delta]:
        async for _ in self.generation:
            self.tokens += 1
        self.outcome = Outcome(ended=False, declared=self._gate.open)
        return
        yield  # what makes this an iterator, of nothing


class Words(Attempt):
    """Words, up to the end of the answer, a stop string, or the beginning of a call."""

    def __init__(self, generation: Generation, text: TextStream, calling: ToolCalling) -> None:
        super().__init__(generation)
        self.text = text
        self._calling = calling

    async def __aiter__(self) -> AsyncIterator[Delta]:
        text = self.text
        async for token in self.generation:
            self.tokens += 1
            self.written += self._calling.written(token.id)
            for delta in text.add(token, self._calling.piece(token.id)):
                yield delta
            if text.stopped or text.call_began:
                break
        else:
            for delta in text.flush():
                yield delta
            self._end("stop" if text.stopped else self.generation.finish_reason)
            return
        self.generation.cancel()
        if text.stopped:
            self._end("stop")
        else:
            self.outcome = Outcome(ended=False, declared=not text.call_is_undeclared)


class Calls(Attempt):
    """Calls, up to the end of the answer, or to one that is not meant, or repeats another.

    `may_decline` tells that a call which repeats an answered one is taken back, rather than the end of the calls.
    """

    def __init__(
        self,
        generation: Generation,
        constraint: CallConstraint,
        parser: CallParser,
        calling: ToolCalling,
        *,
        may_decline: bool,
    ) -> None:
        super().__init__(generation)
        self._constraint = constraint
        self._parser = parser
        self._calling = calling
        self._may_decline = may_decline

    async def __aiter__(self) -> AsyncIterator[Delta]:
        parser = self._parser
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        async for token in self.generation:
            self.tokens += 1
            self.written += (written := self._calling.written(token.id))
            if self._constraint.refused:
                self.generation.cancel()
                return
            for delta in parser.add(decode(written)):
                yield delta
            if parser.repeats and not parser.shown and self._may_decline:
                self.generation.cancel()
                return
            if parser.repeats:
                break
        self.generation.cancel()
        self._end("length" if self.generation.finish_reason == "length" else "tool_calls")
