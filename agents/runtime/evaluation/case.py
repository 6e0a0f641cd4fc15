"""Cases to measure an agent by: questions, and what is to be seen in the answer to each."""

import json
import re
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agents.runtime.steps import Step, ToolCall, ToolResult, final_answer
from kit.problem import Problem

# A thousands separator stands between digits; everything else that surrounds a number may stay.
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SEPARATOR = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
RELATIVE_TOLERANCE = 5e-3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """What a text must hold: every text of `contains`, a match of `matches`, and `number` within 0.5 %.

    Letters count the same in upper and lower case.
    """

    contains: tuple[str, ...] = ()
    matches: str | None = None
    number: float | None = None

    @field_validator("contains", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("matches")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.contains or self.matches or self.number is not None):
            raise ValueError("give contains, matches or number")
        return self

    def holds(self, text: str) -> bool:
        lower = text.lower()
        return (
            all(part.lower() in lower for part in self.contains)
            and (self.matches is None or re.search(self.matches, text, re.IGNORECASE) is not None)
            and (self.number is None or any(self._near(number) for number in numbers(text)))
        )

    def _near(self, number: float) -> bool:
        assert self.number is not None
        return abs(number - self.number) <= abs(self.number) * RELATIVE_TOLERANCE

    def __str__(self) -> str:
        return json.dumps(self.model_dump(exclude_defaults=True), ensure_ascii=False)


def _as_rule(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    return {"contains" if isinstance(value, str) else "number": value}


class ExpectedCall(_Strict):
    """A call of the tool that succeeded, by arguments and by what it returned."""

    name: str
    arguments: dict[str, Rule] = {}
    result: Rule | None = None

    @field_validator("arguments", mode="before")
    @classmethod
    def _bare_values(cls, given: Any) -> Any:
        """A number stands for a rule of that number, a text for one that it is contained."""
        if not isinstance(given, dict):
            return given
        return {name: _as_rule(value) for name, value in given.items()}

    def fits(self, call: ToolCall, result: ToolResult | None) -> bool:
        return (
            call.name == self.name
            and all(
                name in call.arguments and rule.holds(str(call.arguments[name]))
                for name, rule in self.arguments.items()
            )
            and (self.result is None or (result is not None and self.result.holds(result.result)))
        )

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}: {rule}" for name, rule in self.arguments.items())
        return f"{self.name}({arguments})" + (f" → {self.result}" if self.result else "")


class Turn(_Strict):
    """A question. `calls`: all of these, in any order, others besides; an empty list: none at all."""

    question: str = Field(min_length=1)
    calls: list[ExpectedCall] | None = None
    answer: Rule | None = None

    def failures(self, steps: list[Step]) -> list[str]:
        """What was expected and did not come."""
        calls = [step for step in steps if isinstance(step, ToolCall)]
        results = {step.id: step for step in steps if isinstance(step, ToolResult)}
        failures = []
        if self.calls == [] and calls:
            failures.append("no call")
        for expected in self.calls or []:
            if not any(expected.fits(call, results.get(call.id)) for call in calls):
                failures.append(str(expected))
        if self.answer and not self.answer.holds(final_answer(steps)):
            failures.append(f"answer {self.answer}")
        return failures


class Case(Turn):
    """A conversation: its first question, and the turns `then`. `files`: in the workspace."""

    then: tuple[Turn, ...] = ()
    files: dict[str, str] | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (self, *self.then)

    @property
    def questions(self) -> str:
        """A line a turn."""
        return "\n".join(turn.question for turn in self.turns)


def numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(_SEPARATOR.sub("", text))]


def read_cases(path: Path) -> list[Case]:
    """One case a line, as JSON. Raises `Problem` for a line that is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise Problem(
            f"cannot read the cases {path}: {reason}. Name a file such as agents/cases/tool_agent.jsonl.",
            f"无法读取用例 {path}：{reason}。请给出类似 agents/cases/tool_agent.jsonl 的文件。",
        ) from None
    cases = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                cases.append(Case.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"]) or "the line"
                raise Problem(
                    f"{path}, line {number}: {where}: {first['msg']}. Compare agents/cases/tool_agent.jsonl.",
                    f"{path} 第 {number} 行：{where} 有误（{first['msg']}）。可参照 agents/cases/tool_agent.jsonl。",
                ) from None
    if not cases:
        raise Problem(f"{path} holds no cases. Write one a line.", f"{path} 中没有用例。请每行写一个。")
    return cases
