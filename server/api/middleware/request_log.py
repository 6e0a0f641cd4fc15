"""The last requests that computed something, in memory, for whoever looks for what an agent said."""

import json
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.chat.record import AnswerRecord, recording

# Prompts are kept whole; so many characters of all requests together.
MAX_CHARACTERS = 8_000_000
SHOWN_AGENT = 80


@dataclass
class Entry:
    """A request; `status` is None until its answer begins, `error` what a refusal said."""

    id: str
    path: str
    client: str
    agent: str
    at: float = field(default_factory=time.time)
    began: float = field(default_factory=time.monotonic)
    seconds: float | None = None
    status: int | None = None
    error: str | None = None
    answers: list[AnswerRecord] = field(default_factory=list)

    @property
    def state(self) -> str:
        """`waiting` for a place, `running`, `done`, `refused` or `broken` (nobody waited for the end of it)."""
        if self.seconds is None:
            return "waiting" if any(answer.waits for answer in self.answers) else "running"
        if self.status is None or any(answer.finish_reason is None for answer in self.answers):
            return "broken"
        return "refused" if self.status >= 400 else "done"

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "request",
            "created": int(self.at),
            "path": self.path,
            "client": self.client,
            "user_agent": self.agent,
            "state": self.state,
            "status": self.status,
            "error": self.error,
            "seconds": round(time.monotonic() - self.began if self.seconds is None else self.seconds, 2),
            "answers": [answer.figures() for answer in self.answers],
        }

    def details(self) -> dict[str, Any]:
        answers = [answer.figures() | answer.details() for answer in self.answers]
        return self.row() | {"answers": answers}


class RequestLog:
    """Keeps every POST to `/v1` in `entries`, the oldest of which make room."""

    def __init__(self, app: ASGIApp, entries: deque[Entry]) -> None:
        self._app = app
        self._entries = entries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        agent = Headers(scope=scope).get("user-agent", "")[:SHOWN_AGENT]
        client = (scope.get("client") or ("",))[0]
        entry = Entry(scope["request_id"], scope["path"], client, agent)
        self._entries.append(entry)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            elif entry.status and entry.status >= 400 and entry.error is None:
                with suppress(ValueError, KeyError, TypeError):
                    entry.error = json.loads(message["body"])["error"]["message"]
            await send(message)

        token = recording.set(entry.answers)
        try:
            await self._app(scope, receive, watched)
        finally:
            recording.reset(token)
            entry.seconds = time.monotonic() - entry.began
            self._make_room()

    def _make_room(self) -> None:
        kept = sum(len(answer.prompt) for entry in self._entries for answer in entry.answers)
        while kept > MAX_CHARACTERS and len(self._entries) > 1:
            kept -= sum(len(answer.prompt) for answer in self._entries.popleft().answers)
