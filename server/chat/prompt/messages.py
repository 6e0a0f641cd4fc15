"""Messages as OpenAI's clients send them, brought to what chat templates expect."""

import json
from typing import Any

from server.chat.prompt.call_ids import with_short_ids

# Under which templates show arguments that are no object: many take nothing but objects.
NO_OBJECT = "not_an_object"


class UnsupportedContent(Exception):
    """A part of a message that no model here can read, such as an image."""

    def __init__(self, index: int, kind: str) -> None:
        super().__init__(f"messages[{index}] has a content part of type {kind!r}")
        self.index = index
        self.kind = kind


def normalize(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Content as one string, calls with objects as arguments and short identifiers, `developer` as the `system` it
    replaced."""
    return with_short_ids([_normalize(index, message) for index, message in enumerate(messages)])


def instructed(messages: list[dict[str, Any]], instructions: str) -> list[dict[str, Any]]:
    """The messages with these instructions at the end of the system message."""
    first = messages[0]
    if first["role"] == "system":
        return [{**first, "content": f"{first['content']}\n\n{instructions}"}, *messages[1:]]
    return [{"role": "system", "content": instructions}, *messages]


def with_rules_in_questions(messages: list[dict[str, Any]], kept: int | None) -> list[dict[str, Any]]:
    """The messages with all system messages but the first `kept` at the beginning of what the user says next; None
    keeps them all."""
    if kept is None:
        return messages
    told, rules = messages[:kept], ""
    for message in messages[kept:]:
        if message["role"] == "system":
            rules += f"{message['content']}\n\n"
        elif message["role"] == "user" and rules:
            told.append({**message, "content": rules + message["content"]})
            rules = ""
        else:
            told.append(message)
    return joined([*told, {"role": "user", "content": rules.rstrip()}]) if rules else told


def joined(messages: list[dict[str, Any]], roles: tuple[str, ...] = ("user",)) -> list[dict[str, Any]]:
    """What one side says in words at a stretch as one message: some templates take no user after a user."""
    said: list[dict[str, Any]] = []
    for message in messages:
        before = said[-1] if said else {}
        if before.get("role") == message["role"] in roles and "tool_calls" not in before | message:
            said[-1] = {**message, "content": f"{before['content']}\n\n{message['content']}"}
        else:
            said.append(message)
    return said


def alternating(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages as turns of user and assistant, who both say something, the user first."""
    said = [
        message
        for message in messages
        if message["role"] != "assistant" or message["content"] or "tool_calls" in message
    ]
    first = next((i for i, message in enumerate(said) if message["role"] != "system"), len(said))
    if said[first:] and said[first]["role"] == "assistant":
        said.insert(first, {"role": "user", "content": ""})
    return joined(said, ("user", "assistant"))


def orphans(messages: list[dict[str, Any]]) -> list[int]:
    """Where the results stand whose call is not in the message that they follow."""
    found: list[int] = []
    called: set[str] = set()
    for i, message in enumerate(messages):
        if message["role"] != "tool":
            called = {call["id"] for call in message.get("tool_calls", [])}
        elif message["tool_call_id"] not in called:
            found.append(i)
    return found


def answered_calls(messages: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Name and arguments of every call since the user last spoke, in normalized messages that end with results."""
    calls: list[tuple[str, str]] = []
    for message in reversed(messages if messages[-1]["role"] == "tool" else []):
        if message["role"] == "user":
            break
        for call in message.get("tool_calls", []):
            arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
            calls.append((call["function"]["name"], arguments))
    return tuple(calls)


def last_question(messages: list[dict[str, Any]]) -> int:
    """Where the user last spoke; 0 if nowhere."""
    return max((i for i, message in enumerate(messages) if message["role"] == "user"), default=0)


def called_before(messages: list[dict[str, Any]]) -> bool:
    """Whether the model called tools before the user last spoke."""
    return any(message.get("tool_calls") for message in messages[: last_question(messages)])


def _normalize(index: int, message: dict[str, Any]) -> dict[str, Any]:
    normal = {key: value for key, value in message.items() if value is not None}
    refusal = normal.pop("refusal", "")
    normal["content"] = _content(index, message.get("content")) or refusal
    if normal["role"] == "developer":
        normal["role"] = "system"
    # Some clients send a list in any case, and templates take it for calls.
    if calls := normal.pop("tool_calls", None):
        normal["tool_calls"] = [_tool_call(call) for call in calls]
    return normal


def _content(index: int, content: str | list[dict[str, Any]] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for part in content:
        if part.get("type") not in ("text", "refusal"):
            raise UnsupportedContent(index, str(part.get("type")))
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    function = dict(call["function"])
    function["arguments"] = _arguments(function["arguments"])
    return {**call, "function": function}


def _arguments(text: str) -> dict[str, Any]:
    """Templates write the arguments with their own `tojson`; the API carries them as text."""
    # What a model wrote may be broken, or a number of 5,000 digits: then it sees its own mistake again.
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        arguments = None
    return arguments if isinstance(arguments, dict) else {NO_OBJECT: text}
