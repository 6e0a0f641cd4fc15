"""Input items of the Responses API to chat messages."""

from typing import Any

from server.api.errors import ApiError

Messages = list[dict[str, Any]]


def messages_of(given: str | list[dict[str, Any]]) -> Messages:
    """Calls that follow each other become one assistant message, as chat templates expect."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    messages: Messages = []
    for index, item in enumerate(given):
        message = _message(index, item)
        if message is None:
            continue
        last = messages[-1] if messages else {}
        if message.get("tool_calls") and last.get("role") == "assistant":
            messages[-1] = {**last, "tool_calls": [*last.get("tool_calls", []), *message["tool_calls"]]}
        else:
            messages.append(message)
    return messages


def _message(index: int, item: dict[str, Any]) -> dict[str, Any] | None:
    try:
        match item.get("type", "message"):
            case "message":
                return {"role": item["role"], "content": _content(index, item["content"])}
            case "function_call":
                function = {"name": item["name"], "arguments": item["arguments"]}
                call = {"id": item["call_id"], "type": "function", "function": function}
                return {"role": "assistant", "content": None, "tool_calls": [call]}
            case "function_call_output":
                content = _content(index, item["output"])
                return {"role": "tool", "tool_call_id": item["call_id"], "content": content}
            case "reasoning":
                return None  # chat templates drop earlier thoughts
            case kind:
                raise ApiError(
                    400, f"input[{index}] has the type {kind!r}, which is not supported.", param="input"
                )
    except KeyError as missing:
        raise ApiError(400, f"input[{index}] lacks {missing}.", param=f"input.{index}") from None


def _content(index: int, content: Any) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise ApiError(400, f"input[{index}]: content is text or a list of parts.", param=f"input.{index}")
    kinds = {"input_text": "text", "output_text": "text"}
    return [{**part, "type": kinds.get(part.get("type", ""), part.get("type"))} for part in content]
