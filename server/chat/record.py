"""What an answer came from and how it was decided, for whoever looks into it."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from server.chat.attempt import Attempt, FinishReason
from server.chat.plan import Plan
from server.chat.tool_calls.gate import CallGate
from server.chat.tool_calls.policy import Step
from server.engine.generation import Generation


@dataclass(frozen=True)
class StepRecord:
    """An attempt: the bytes that the model has `written`, before anything was read as a call or held back."""

    kind: Step
    generation: Generation
    written: bytearray
    gate: CallGate | None


@dataclass
class AnswerRecord:
    """One answer while it is made and afterwards; it grows with the answer. Times are those of `time.monotonic`."""

    prompt: str
    tools: list[str]
    began: float = field(default_factory=time.monotonic)
    steps: list[StepRecord] = field(default_factory=list)
    first: float | None = None
    last: float | None = None
    completion_tokens: int = 0
    finish_reason: FinishReason | None = None
    over: bool = False

    @classmethod
    def of(cls, plan: Plan, written: Callable[[int], bytes]) -> "AnswerRecord":
        """A record for `recording`, where somebody has set it; else one that nobody sees, without the prompt."""
        records = recording.get()
        if records is None:
            return cls("", [])
        # Each token once: this is the event loop, and a prompt may have a million.
        texts = {token: written(token) for token in set(plan.prompt)}
        prompt = b"".join(map(texts.__getitem__, plan.prompt)).decode("utf-8", "replace")
        record = cls(prompt, [tool.name for tool in plan.tools.declared] if plan.tools else [])
        records.append(record)
        return record

    def step(self, kind: Step, attempt: Attempt, gate: CallGate | None) -> None:
        asked = gate if kind in (Step.LOOK, Step.TEXT) else None
        self.steps.append(StepRecord(kind, attempt.generation, attempt.written, asked))

    def delta(self) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last

    def end(self, reason: FinishReason | None, completion_tokens: int) -> None:
        self.finish_reason, self.completion_tokens, self.over = reason, completion_tokens, True

    @property
    def waits(self) -> bool:
        """Whether the engine has no place for it yet."""
        return not self.over and bool(self.steps) and self.steps[-1].generation.waits

    def figures(self) -> dict[str, Any]:
        """Counts, and seconds as the client sees them."""
        first = self.steps[0].generation if self.steps else None
        writing = (self.last or 0) - (self.first or 0)
        return {
            "prompt_tokens": first.prompt_tokens if first else 0,
            "cached_tokens": first.cached_tokens if first else 0,
            "completion_tokens": self.completion_tokens,
            "first_token_seconds": self.first and round(self.first - self.began, 3),
            "tokens_per_second": round((self.completion_tokens - 1) / writing, 1) if writing > 0 else None,
            "finish_reason": self.finish_reason,
        }

    def details(self) -> dict[str, Any]:
        """The prompt, the tools' names, and what each step wrote."""
        return {
            "prompt": self.prompt,
            "tools": self.tools,
            "steps": [
                {
                    "step": step.kind.name.lower(),
                    "written": step.written.decode("utf-8", "replace"),
                    "gate": step.gate and step.gate.account(),
                }
                for step in self.steps
            ],
        }


# Where a request's answers leave their records; None where nobody keeps them.
recording: ContextVar[list[AnswerRecord] | None] = ContextVar("recording", default=None)
