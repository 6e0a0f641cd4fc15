"""A request on its way to a replica, and what it is routed by."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope

# A prefix that is longer says no more about where it has been computed.
MOST_CHARACTERS = 32_000


@dataclass(frozen=True)
class Asked:
    """`prompt` is what Ray's prefix-aware router looks at; the rest is what ASGI needs."""

    scope: dict[str, Any]
    body: bytes
    prompt: str

    @classmethod
    def of(cls, scope: Scope, body: bytes) -> "Asked":
        kept = (
            "type",
            "asgi",
            "http_version",
            "method",
            "scheme",
            "path",
            "raw_path",
            "query_string",
            "headers",
        )
        return cls({name: scope[name] for name in kept if name in scope}, body, prompt_of(body))


def prompt_of(body: bytes) -> str:
    """About the text that the server makes of a request, from its beginning on: tools, instructions, messages."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):  # the server will say what is wrong
        fields = {}
    if not isinstance(fields, dict):
        fields = {}
    said = fields.get("messages") or fields.get("input") or fields.get("prompt") or []
    parts = [_text(fields.get("tools")), _text(fields.get("instructions"))]
    parts += map(_message, said) if isinstance(said, list) else [_text(said)]
    # The router divides by the length.
    return "\n".join(part for part in parts if part)[:MOST_CHARACTERS] or "\n"


def _message(message: Any) -> str:
    if not isinstance(message, dict):
        return _text(message)
    # The role last: whatever all prompts begin with would send short ones to one replica.
    return f"{_text(message.get('content'))}{_text(message.get('tool_calls'))} {message.get('role')}"


def _text(value: Any) -> str:
    if not value:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
