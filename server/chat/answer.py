"""One answer as it is written."""

import asyncio
import weakref
from collections.abc import AsyncIterator

from server.chat.attempt import Attempt, Calls, FinishReason, Look, Words
from server.chat.deltas import Delta
from server.chat.output.text import TextStream
from server.chat.plan import Plan
from server.chat.record import AnswerRecord
from server.chat.tool_calls import policy
from server.chat.tool_calls.calling import ToolCalling
from server.chat.tool_calls.gate import CallGate
from server.chat.tool_calls.policy import Request, Step
from server.chat.unheld import Unheld
from server.engine.constraint import Constraint
from server.engine.engine import Engine
from server.engine.generation import Generation


class Answer:
    """The deltas of one answer: `async for delta in answer`.

    Step by step, as tool_calls/policy.py says, each step an attempt with a prompt and a constraint of its own.
    Leaving the loop early, for whatever reason, gives the engine's place back. The counts grow with the answer;
    `finish_reason` is set at its end. Raises ContextLengthExceeded or QueueFull before anything is computed.
    """

    def __init__(self, engine: Engine, calling: ToolCalling, plan: Plan) -> None:
        self.prompt_tokens = len(plan.prompt)
        self.finish_reason: FinishReason | None = None
        self._engine = engine
        self._calling = calling
        self._plan = plan
        self._gate: CallGate | None = None
        self._spoken = False
        self._attempts: list[Attempt] = []
        self._record = AnswerRecord.of(plan, calling.written)
        self._step = policy.first(
            Request(
                plan.tools,
                held=plan.grammar is not None,
                results=plan.text_prompt is not None,
                answers_calls=plan.answers_calls,
            )
        )
        self._begin()

    @property
    def completion_tokens(self) -> int:
        return sum(attempt.tokens for attempt in self._attempts)

    @property
    def cached_tokens(self) -> int:
        """How many tokens of the prompt had been computed for an earlier request."""
        # The first attempt reads the prompt; what a later one finds cached is our own doing.
        return self._attempts[0].generation.cached_tokens

    @property
    def reasoning_tokens(self) -> int:
        return sum(attempt.text.reasoning_tokens for attempt in self._attempts if isinstance(attempt, Words))

    @property
    def stop_string(self) -> str | None:
        """The one that ended the answer."""
        last = self._attempts[-1]
        return last.text.stop_string if isinstance(last, Words) else None

    async def __aiter__(self) -> AsyncIterator[Delta]:
        unheld = Unheld(self._plan) if self._plan.unheld else None
        try:
            while self._step is not Step.END:
                attempt = self._attempts[-1]
                async for delta in attempt:
                    self._spoken = True
                    self._record.delta()
                    if unheld:
                        unheld.add(delta)
                    yield delta
                self.finish_reason = attempt.finish_reason
                self._step = policy.following(self._step, attempt.outcome, spoken=self._spoken)
                if self._step is not Step.END and not self._begin():
                    self.finish_reason = "length"
                    return
            # A call that nobody means ends the words before it.
            self.finish_reason = self.finish_reason or "stop"
            if unheld and self.finish_reason != "length":
                await asyncio.to_thread(unheld.report)
        finally:
            self._attempts[-1].generation.cancel()
            self._record.end(self.finish_reason, self.completion_tokens)

    def _begin(self) -> bool:
        """Submit the attempt of this step; False if no tokens are left for it."""
        match self._step:
            case Step.LOOK:
                self._gate = self._new_gate()
                self._attempts.append(Look(self._submit(self._plan.prompt, self._gate, 1), self._gate))
            case Step.TEXT:
                self._gate = self._new_gate() if self._plan.tools else None
                self._attempts.append(self._words(self._plan.prompt, self._gate))
            case Step.TEXT_ONLY:
                held = self._plan.grammar
                constraint = held.copy() if held else self._calling.gate(shut=True)
                self._attempts.append(self._words(self._plan.text_prompt or self._plan.prompt, constraint))
            case Step.CALLS:
                room = self._engine.n_ctx - self.prompt_tokens
                if self._attempts and self.completion_tokens >= min(self._plan.max_tokens or room, room):
                    return False
                self._attempts.append(self._calls())
        self._record.step(self._step, self._attempts[-1], self._gate)
        return True

    def _new_gate(self) -> CallGate:
        return self._calling.gate(results=self._plan.text_prompt is not None)

    def _words(self, prompt: list[int], constraint: Constraint | None) -> Words:
        plan = self._plan
        detector = self._calling.detector(plan.tools) if plan.tools and not plan.grammar else None
        text = TextStream(
            in_thought=plan.in_thought, stop=plan.stop, detector=detector, marks=self._calling.thoughts
        )
        return Words(self._submit(prompt, constraint), text, self._calling)

    def _calls(self) -> Calls:
        """Calls from the start, where they are required, or after what the model has said before it began one."""
        plan = self._plan
        assert plan.calls
        assert plan.tools
        before, probability, off_template = "", None, False
        if self._gate:
            last = self._attempts[-1]
            before = last.text.before_call if isinstance(last, Words) else ""
            # Who breaks off to call means it.
            probability = 1.0 if self._spoken else self._gate.probability
            off_template = self._gate.off_template and not self._spoken
        prompt = plan.prompt + self._calling.tokens(f"{before}\n" if before else "")
        constraint = self._calling.constraint(plan.calls, probability, off_template=off_template)
        parser = self._calling.parser(plan.tools, off_template=off_template)
        generation = self._submit(prompt, constraint)
        return Calls(generation, constraint, parser, self._calling, may_decline=self._gate is not None)

    def _submit(
        self, prompt: list[int], constraint: Constraint | None, max_tokens: int | None = None
    ) -> Generation:
        """The next attempt, with as many tokens as the request has left."""
        if max_tokens is None and self._plan.max_tokens:
            max_tokens = max(1, self._plan.max_tokens - self.completion_tokens)
        generation = self._engine.submit(
            prompt,
            self._plan.params,
            max_tokens,
            constraint,
            goes_on=bool(self._attempts),
            boundaries=self._plan.boundaries,
        )
        # A client that hangs up before its stream begins leaves an answer that nobody ever reads.
        weakref.finalize(self, generation.cancel)
        return generation
