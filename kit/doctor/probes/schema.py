"""Answers in a form: JSON by a schema, or any JSON."""

import json
from collections.abc import Iterator
from typing import Any

from kit.doctor.finding import Finding, note, ok, warning
from kit.doctor.probes.api import Api, Refused

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["teal", "mauve"]}, "count": {"type": "integer"}},
    "required": ["colour", "count"],
    "additionalProperties": False,
}
# Nothing in the question leads to the schema's words: only a held answer has them.
QUESTION = "Describe three apples as JSON."
INSTEAD = "Check answers with pydantic and ask again, as agents/structured_agent.py does."
INSTEAD_ZH = "请用 pydantic 校验回答并重试，做法见 agents/structured_agent.py。"


def schema(api: Api) -> Iterator[Finding]:
    form = {"type": "json_schema", "json_schema": {"name": "apples", "strict": True, "schema": SCHEMA}}
    try:
        told = _content(api.chat(QUESTION, response_format=form))
    except Refused as refused:
        reason = f"refused with {refused.status} ({refused})", f"被拒绝，{refused.status}（{refused}）"
    else:
        if _holds(told):
            yield ok(
                "can.schema",
                f"JSON schema: {' '.join(told.split())}",
                f"JSON schema：{' '.join(told.split())}",
            )
            return
        reason = f"not held: {told[:60]!r}", f"未遵守：{told[:60]!r}"
    yield warning(
        "can.schema", f"JSON schema: {reason[0]}. {INSTEAD}", f"JSON schema：{reason[1]}。{INSTEAD_ZH}"
    )


def json_object(api: Api) -> Iterator[Finding]:
    try:
        told = _content(api.chat(QUESTION, response_format={"type": "json_object"}, max_tokens=128))
    except Refused as refused:
        told = f"{refused.status}, {refused}"
    if told.lstrip().startswith("{"):
        yield ok("can.json_object", "JSON objects", "JSON 对象")
    else:
        yield note(
            "can.json_object",
            f"response_format json_object: {told[:60]!r}. {INSTEAD}",
            f"response_format json_object：{told[:60]!r}。{INSTEAD_ZH}",
        )


def _content(choice: dict[str, Any]) -> str:
    return str((choice.get("message") or {}).get("content") or "")


def _holds(text: str) -> bool:
    try:
        told = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(told, dict)
        and set(told) == {"colour", "count"}
        and told["colour"] in ("teal", "mauve")
        and type(told["count"]) is int
    )
