"""Answers looked at afterwards for what decoding could not be held to."""

import logging

from server.chat.constrained.afterwards import shortcoming
from server.chat.deltas import CallDelta, ContentDelta, Delta
from server.chat.plan import Plan

log = logging.getLogger("server")


class Unheld:
    """Collects an answer whose schemas have keywords that nothing holds it to; `report` logs which it fails."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._content = ""
        self._calls: list[tuple[str, str]] = []

    def add(self, delta: Delta) -> None:
        match delta:
            case ContentDelta():
                self._content += delta.text
            case CallDelta(name=str() as name):
                self._calls.append((name, delta.arguments))
            case CallDelta():
                name, arguments = self._calls[delta.index]
                self._calls[delta.index] = (name, arguments + delta.arguments)

    def report(self) -> None:
        """May take a second: call it from a thread."""
        tools = self._plan.tools.callable if self._plan.tools else ()
        schemas = {tool.name: tool.parameters for tool in tools}
        for name, arguments in self._calls:
            if failed := shortcoming(schemas[name], arguments):
                log.warning("a call of %s does not satisfy its schema: %s", name, ascii(failed))
        schema = self._plan.schema
        if schema is not None and self._content and (failed := shortcoming(schema, self._content)):
            log.warning("an answer does not satisfy its schema: %s", ascii(failed))
