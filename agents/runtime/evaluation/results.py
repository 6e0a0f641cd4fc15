"""What came of a run over cases, as an object and as a file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, ValidationError

from agents.runtime.evaluation.case import Case
from agents.runtime.steps import Step, TextDelta, Usage
from agents.runtime.trace import KINDS
from kit.problem import Problem

_KIND = {TextDelta: "text", **KINDS}
_STEP = {kind: step for step, kind in _KIND.items()}


def _to_line(step: Step) -> dict[str, Any]:
    return {"step": _KIND[type(step)], **asdict(step)}


def _to_step(given: Any) -> Step:
    if type(given) in _KIND:
        step: Step = given
        return step
    try:
        fields = dict(given)
        made: Step = _STEP[fields.pop("step")](**fields)
    except (KeyError, TypeError, ValueError):
        raise ValueError("not a step of a trace") from None
    return made


# In a file, a step is what it is in a trace.
SavedStep = Annotated[Step, PlainValidator(_to_step), PlainSerializer(_to_line)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answered(_Strict):
    """What came of one turn."""

    steps: list[SavedStep]
    failures: list[str]


class Attempt(_Strict):
    """One conversation over a case."""

    turns: list[Answered]
    seconds: float

    @property
    def failures(self) -> list[str]:
        """What did not come; of several turns, with the number of the turn."""
        several = len(self.turns) > 1
        return [
            f"turn 第{number}轮: {failure}" if several else failure
            for number, turn in enumerate(self.turns, 1)
            for failure in turn.failures
        ]

    @property
    def steps(self) -> list[Step]:
        return [step for turn in self.turns for step in turn.steps]


class Outcome(_Strict):
    """A case with every attempt at it."""

    case: Case
    attempts: list[Attempt] = Field(min_length=1)

    @property
    def passed(self) -> int:
        return sum(not attempt.failures for attempt in self.attempts)

    @property
    def share(self) -> float:
        return self.passed / len(self.attempts)

    @property
    def told(self) -> Attempt:
        """The attempt that says most of the case: the first that failed, if one did."""
        return next((attempt for attempt in self.attempts if attempt.failures), self.attempts[0])


class Results(_Strict):
    """A run; `prompt` names the file that stood in for the agent's own, `at` is when it ended, in ISO 8601."""

    agent: str
    model: str
    prompt: str | None
    at: str
    outcomes: list[Outcome]

    @property
    def attempts(self) -> list[Attempt]:
        return [attempt for outcome in self.outcomes for attempt in outcome.attempts]

    @property
    def figures(self) -> dict[str, Any]:
        """`rate` is the share of attempts that passed."""
        attempts = self.attempts
        usages = [step for attempt in attempts for step in attempt.steps if isinstance(step, Usage)]
        passed = sum(not attempt.failures for attempt in attempts)
        return {
            "agent": self.agent,
            "model": self.model,
            **({"prompt": self.prompt} if self.prompt else {}),
            "cases": len(self.outcomes),
            "attempts": len(attempts),
            "passed": passed,
            "rate": round(passed / max(1, len(attempts)), 3),
            "seconds": round(sum(attempt.seconds for attempt in attempts), 1),
            "model_calls": len(usages),
            "input_tokens": sum(usage.input_tokens for usage in usages),
            "cached_tokens": sum(usage.cached_tokens for usage in usages),
            "output_tokens": sum(usage.output_tokens for usage in usages),
        }


def save(results: Results, path: Path) -> None:
    text = json.dumps(results.model_dump(mode="json"), ensure_ascii=False, indent=1)
    write(path, text + "\n")


def require_writable(path: Path) -> None:
    """Raises `Problem` now rather than after the run; what the file holds stays until then."""
    try:
        path.open("a").close()
    except OSError as error:
        raise _unwritable(path, error) from None


def write(path: Path, text: str) -> None:
    """Raises `Problem` where the file cannot be written."""
    try:
        # Half a surrogate pair, which a model may write, stays as JSON escapes it.
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> Problem:
    return Problem(
        f"cannot write {path}: {error.strerror}. Name another file.",
        f"无法写入 {path}：{error.strerror}。请换一个文件名。",
    )


def read(path: Path) -> Results:
    """What `save` wrote. Raises `Problem` for anything else."""
    try:
        return Results.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Problem(
            f"cannot read {path}: {error.strerror}. Name a file that `evaluate --save` wrote.",
            f"无法读取 {path}：{error.strerror}。请给出由 evaluate --save 写出的文件。",
        ) from None
    except ValidationError as error:
        raise _not_results(path, _first(error)) from None
    except (ValueError, RecursionError):
        raise _not_results(path, "not JSON") from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _not_results(path: Path, reason: str) -> Problem:
    return Problem(
        f"{path} is no saved evaluation ({reason}). Name a file that `evaluate --save` wrote.",
        f"{path} 不是保存的评测结果（{reason}）。请给出由 evaluate --save 写出的文件。",
    )
