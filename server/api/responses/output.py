"""The output of the Responses API, item by item, with the events that tell of it."""

from collections.abc import Iterator
from typing import Any

from server.api.identifiers import call_id, unique
from server.chat.deltas import CallDelta, ContentDelta, Delta, ReasoningDelta

Event = dict[str, Any]


class ResponseOutput:
    """Collects deltas into items: `add` and `close` yield events, without their sequence numbers."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self._open: dict[str, Any] | None = None

    def add(self, delta: Delta) -> Iterator[Event]:
        match delta:
            case ContentDelta():
                if self._open is None or self._open["type"] != "message":
                    yield from self._begin_text("message", "output_text")
                yield from self._more_text("response.output_text.delta", delta.text)
            case ReasoningDelta():
                if self._open is None or self._open["type"] != "reasoning":
                    yield from self._begin_text("reasoning", "reasoning_text")
                yield from self._more_text("response.reasoning_text.delta", delta.text)
            case CallDelta(name=str() as name):
                yield from self._begin(
                    {
                        "type": "function_call",
                        "id": unique("fc_"),
                        "call_id": call_id(),
                        "name": name,
                        "arguments": "",
                        "status": "in_progress",
                    }
                )
            case CallDelta():
                assert self._open
                self._open["arguments"] += delta.arguments
                yield self._event("response.function_call_arguments.delta", delta=delta.arguments)

    def close(self, *, complete: bool = True) -> Iterator[Event]:
        """End the item that is open; an incomplete one was cut short by `max_output_tokens`."""
        item = self._open
        if item is None:
            return
        if item["type"] == "function_call":
            call = {"arguments": item["arguments"], "name": item["name"]}
            yield self._event("response.function_call_arguments.done", **call)
        else:
            part = item["content"][0]
            done = f"response.{part['type']}.done"
            extra: dict[str, Any] = {"logprobs": []} if part["type"] == "output_text" else {}
            yield self._event(done, content_index=0, text=part["text"], **extra)
            yield self._event("response.content_part.done", content_index=0, part=dict(part))
        item["status"] = "completed" if complete else "incomplete"
        yield {
            "type": "response.output_item.done",
            "output_index": len(self.items) - 1,
            "item": _copy(item),
        }
        self._open = None

    def _begin_text(self, kind: str, part_type: str) -> Iterator[Event]:
        item: dict[str, Any] = {"type": kind, "status": "in_progress", "content": []}
        if kind == "message":
            item |= {"id": unique("msg_"), "role": "assistant"}
        else:
            item |= {"id": unique("rs_"), "summary": []}
        yield from self._begin(item)
        part: dict[str, Any] = {"type": part_type, "text": ""}
        if kind == "message":
            part |= {"annotations": [], "logprobs": []}
        item["content"].append(part)
        yield self._event("response.content_part.added", content_index=0, part=dict(part))

    def _begin(self, item: dict[str, Any]) -> Iterator[Event]:
        yield from self.close()
        self.items.append(item)
        self._open = item
        yield {
            "type": "response.output_item.added",
            "output_index": len(self.items) - 1,
            "item": _copy(item),
        }

    def _more_text(self, event: str, text: str) -> Iterator[Event]:
        assert self._open
        self._open["content"][0]["text"] += text
        extra: dict[str, Any] = {"logprobs": []} if event == "response.output_text.delta" else {}
        yield self._event(event, content_index=0, delta=text, **extra)

    def _event(self, kind: str, **fields: Any) -> Event:
        assert self._open
        return {"type": kind, "item_id": self._open["id"], "output_index": len(self.items) - 1, **fields}


def _copy(item: dict[str, Any]) -> dict[str, Any]:
    """The item as it is now: it goes on to grow."""
    return {**item, "content": [dict(part) for part in item["content"]]} if "content" in item else dict(item)
