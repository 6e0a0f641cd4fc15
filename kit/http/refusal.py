"""Errors in OpenAI's shape."""

from typing import Any

# A message may quote what was sent.
LONGEST = 4_000


def body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    # What it quotes may be half a surrogate pair, which cannot be sent.
    message = message[:LONGEST].encode("utf-8", "replace").decode()
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
