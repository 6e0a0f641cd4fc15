"""Identifiers of calls, as every chat template takes them."""

from typing import Any


def with_short_ids(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with calls numbered through, `call00001` and on, and each result named for its call.

    Mistral's templates refuse identifiers that are not nine letters and digits, and no other cares. Numbers stay what
    they are while a conversation grows, so that its prompts begin alike, and differ where a client uses one
    identifier twice. A result without one answers the first call that has none yet.
    """
    numbering = _Numbering()
    return [numbering.applied(message) for message in messages]


class _Numbering:
    def __init__(self) -> None:
        self._count = 0
        self._latest: dict[str | None, str] = {}
        self._unanswered: list[tuple[str | None, str]] = []

    def applied(self, message: dict[str, Any]) -> dict[str, Any]:
        if calls := message.get("tool_calls"):
            return {
                **message,
                "tool_calls": [{**call, "id": self._of_call(call.get("id"))} for call in calls],
            }
        if message["role"] == "tool":
            return {**message, "tool_call_id": self._of_result(message.get("tool_call_id"))}
        return message

    def _of_call(self, given: str | None) -> str:
        number = self._next()
        self._unanswered.append((given, number))
        if given:
            self._latest[given] = number
        return number

    def _of_result(self, given: str | None) -> str:
        for waiting in self._unanswered:
            if given in (None, waiting[0]):
                self._unanswered.remove(waiting)
                return waiting[1]
        if given not in self._latest:
            self._latest[given] = self._next()
        return self._latest[given]

    def _next(self) -> str:
        self._count += 1
        return f"call{self._count:05}"
