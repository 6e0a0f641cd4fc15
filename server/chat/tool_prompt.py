"""Tools for models whose template knows none, or a form of calls that we do not read."""

import json
from typing import Any

from server.chat.tool_format import HERMES
from server.chat.tools import Tool

INSTRUCTIONS = """\
You can call these functions, one JSON object a line:
{tools}

To call a function, write this and nothing else:
{call}
The result comes back to you. Call a function only if it does what the user asks for; otherwise answer in words."""


def with_tools(messages: list[dict[str, Any]], tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """The messages with the tools told in the system message, and calls and results as plain text."""
    example = _call("FUNCTION", '{"ARGUMENT": VALUE}')
    listed = "\n".join(json.dumps(tool.declaration()["function"], ensure_ascii=False) for tool in tools)
    instructions = INSTRUCTIONS.format(tools=listed, call=example)
    plain = [_plain(message) for message in messages]
    if plain[0]["role"] == "system":
        return [{**plain[0], "content": f"{plain[0]['content']}\n\n{instructions}"}, *plain[1:]]
    return [{"role": "system", "content": instructions}, *plain]


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    if calls := message.get("tool_calls"):
        written = [
            _call(call["function"]["name"], json.dumps(call["function"]["arguments"], ensure_ascii=False))
            for call in calls
        ]
        return {"role": "assistant", "content": "\n".join(filter(None, [message["content"], *written]))}
    return message


def _call(name: str, arguments: str) -> str:
    return f"{HERMES.before_name}{name}{HERMES.before_arguments}{arguments}{HERMES.after_arguments}"
