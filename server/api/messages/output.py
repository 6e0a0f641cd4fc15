"""An answer in Anthropic's blocks, with the events that tell of them."""

from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from server.api.identifiers import unique
from server.chat.deltas import CallDelta, ContentDelta, Delta, ReasoningDelta
from server.chat.prompt.messages import NO_OBJECT

Event = dict[str, Any]


class MessageOutput:
    """Collects deltas into blocks: `add` and `close` yield events."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._open = ""
        self._arguments = ""

    def add(self, delta: Delta) -> Iterator[Event]:
        match delta:
            case ContentDelta():
                if self._open != "text":
                    yield from self._begin({"type": "text", "text": "", "citations": None})
                self._last["text"] += delta.text
                yield self._delta({"type": "text_delta", "text": delta.text})
            case ReasoningDelta():
                if self._open != "thinking":
                    yield from self._begin({"type": "thinking", "thinking": "", "signature": ""})
                self._last["thinking"] += delta.text
                yield self._delta({"type": "thinking_delta", "thinking": delta.text})
            case CallDelta(name=str() as name):
                use = {"type": "tool_use", "id": unique("toolu_"), "name": name, "input": {}}
                yield from self._begin(use)
                yield from self._more(delta.arguments)
            case CallDelta():
                yield from self._more(delta.arguments)

    def close(self) -> Iterator[Event]:
        """End the block that is open."""
        if not self._open:
            return
        if self._open == "thinking":
            # Clients send thoughts back only if they are signed; nobody here looks at what with.
            self._last["signature"] = unique("sig_")
            yield self._delta({"type": "signature_delta", "signature": self._last["signature"]})
        if self._open == "tool_use":
            self._last["input"] = _input(self._arguments)
        yield {"type": "content_block_stop", "index": len(self.blocks) - 1}
        self._open = ""

    @property
    def _last(self) -> dict[str, Any]:
        return self.blocks[-1]

    def _begin(self, block: dict[str, Any]) -> Iterator[Event]:
        yield from self.close()
        self.blocks.append(block)
        self._open, self._arguments = block["type"], ""
        yield {"type": "content_block_start", "index": len(self.blocks) - 1, "content_block": dict(block)}

    def _more(self, arguments: str) -> Iterator[Event]:
        if arguments:
            self._arguments += arguments
            yield self._delta({"type": "input_json_delta", "partial_json": arguments})

    def _delta(self, delta: dict[str, Any]) -> Event:
        return {"type": "content_block_delta", "index": len(self.blocks) - 1, "delta": delta}


def _input(arguments: str) -> dict[str, Any]:
    """What `max_tokens` cuts short is as whole as it can be, and what cannot be read is told as it stands."""
    try:
        read = from_json(arguments or "{}", allow_partial=True, allow_inf_nan=False)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {NO_OBJECT: arguments}
