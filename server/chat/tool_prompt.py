"""What is said of tools beyond what a chat template says."""

import json
import re
from typing import Any

from server.chat.messages import last_question
from server.chat.tool_format import HERMES
from server.chat.tools import Tool

INSTRUCTIONS = """\
You can call these functions, one JSON object a line:
{tools}

To call a function, write this and nothing else:
{call}
The result comes back to you."""

# Takes little from a model that is right to call, and much from one that is not: see call_or_talk.py.
ADVICE = "If none of the functions does exactly what the user asks for, do not call one: answer in words."

# A small model that has read a result explains how to call the tool, or calls it again, unless it is asked once more,
# and no longer sees the tools.
REQUEST = {
    "en": "Now answer my question in one sentence, or in more if it needs them.",
    "zh": "现在请根据结果，用一句话回答我的问题，需要时可以更长。",
}
CHINESE = re.compile("[\u4e00-\u9fff]")


def with_request(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, which end with results, and a request to answer, in the language of the last one."""
    asked = next((message["content"] for message in reversed(messages) if message["role"] == "user"), "")
    language = "zh" if CHINESE.search(asked) else "en"
    return [*messages, {"role": "user", "content": REQUEST[language]}]


def retold(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with the calls before the user's last words as objects in a fence, and their results as theirs.

    That is how a model calls which never learnt its template's form. Shown calls in that form, it makes no more.
    """
    last = last_question(messages)
    told: list[dict[str, Any]] = []
    for message in [*map(_retold, messages[:last]), messages[last]]:
        if told and told[-1]["role"] == message["role"] == "user":
            # Some templates take no user after a user.
            told[-1] = {**message, "content": f"{told[-1]['content']}\n\n{message['content']}"}
        else:
            told.append(message)
    return [*told, *messages[last + 1 :]]


def with_advice(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with a word in the system message on when not to call."""
    return _instructed(messages, ADVICE)


def with_tools(messages: list[dict[str, Any]], tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """For models whose template knows no tools, or a form of calls that we do not read.

    Tells the tools in the system message, and calls and results as plain text.
    """
    example = _call("FUNCTION", '{"ARGUMENT": VALUE}')
    listed = "\n".join(json.dumps(tool.declaration()["function"], ensure_ascii=False) for tool in tools)
    instructions = INSTRUCTIONS.format(tools=listed, call=example)
    return _instructed([_plain(message) for message in messages], instructions)


def _instructed(messages: list[dict[str, Any]], instructions: str) -> list[dict[str, Any]]:
    first = messages[0]
    if first["role"] == "system":
        return [{**first, "content": f"{first['content']}\n\n{instructions}"}, *messages[1:]]
    return [{"role": "system", "content": instructions}, *messages]


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


def _retold(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result: {message['content']}"}
    if calls := message.get("tool_calls"):
        functions = [{key: call["function"][key] for key in ("name", "arguments")} for call in calls]
        fences = [f"```json\n{json.dumps(each, ensure_ascii=False, indent=2)}\n```" for each in functions]
        return {"role": "assistant", "content": "\n".join(filter(None, [message["content"], *fences]))}
    return message


def _call(name: str, arguments: str) -> str:
    return f"{HERMES.before_name}{name}{HERMES.before_arguments}{arguments}{HERMES.after_arguments}"
