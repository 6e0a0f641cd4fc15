"""Errors in OpenAI's shape."""

from typing import Any

# A message may quote what was sent, and a field may be called anything.
LONGEST = 4_000
LONGEST_PARAM = 200
QUOTED = 80


def body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    named = None if param is None else _sendable(param, LONGEST_PARAM)
    return {"error": {"message": _sendable(message, LONGEST), "type": kind, "param": named, "code": code}}


def quoted(text: str) -> str:
    """A stranger's text in quotes, cut before it is quoted: that takes half a second for 30 MB."""
    return repr(text if len(text) <= QUOTED else f"{text[:QUOTED]}…")


def _sendable(text: str, most: int) -> str:
    """What is quoted may be half a surrogate pair, which cannot be sent."""
    return text[:most].encode("utf-8", "replace").decode()
