"""Runs as plain JSON, in the words of a trace."""

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any

from agents.runtime.steps import Step, TextDelta, Usage, final_answer
from agents.runtime.trace import KINDS
from agents.service.run import Approval, Ended, Event, Run
from kit.problem import Problem


async def lines(run: Run) -> AsyncIterator[str]:
    """Server-sent events, one for each step as it happens."""
    yield _line({"step": "run", "run": run.id, "thread": run.thread})
    async for event in run.events():
        yield _line(_told(event))


async def whole(run: Run) -> dict[str, Any]:
    """The answer, up to an approval or the end. Raises the `Problem` of a run that failed."""
    steps: list[Step] = []
    outcome, approval = "waiting", None
    async for event in run.events():
        match event:
            case Approval():
                approval = dataclasses.asdict(event)
            case Ended(_, problem):
                if problem:
                    raise problem
                outcome = event.outcome
            case _:
                steps.append(event)
    return {
        "run": run.id,
        "thread": run.thread,
        "outcome": outcome,
        "answer": final_answer(steps),
        "approval": approval,
        "steps": [_told(step) for step in steps if not isinstance(step, TextDelta)],
        "usage": _sum([step for step in steps if isinstance(step, Usage)]),
    }


def problem_fields(problem: Problem) -> dict[str, str]:
    return {"en": problem.en, "zh": problem.zh}


def _told(event: Event) -> dict[str, Any]:
    match event:
        case TextDelta(text):
            return {"step": "text", "text": text}
        case Approval():
            return {"step": "approval", **dataclasses.asdict(event)}
        case Ended(outcome, problem):
            return {"step": "end", "outcome": outcome, "problem": problem and problem_fields(problem)}
        case _:
            return {"step": KINDS[type(event)], **dataclasses.asdict(event)}


def _sum(usages: list[Usage]) -> dict[str, int]:
    return {
        field.name: sum(getattr(usage, field.name) for usage in usages) for field in dataclasses.fields(Usage)
    }


def _line(told: dict[str, Any]) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False, default=str)}\n\n"
