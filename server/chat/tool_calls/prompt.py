"""What is said of tools beyond what a chat template says."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from kit.language import language_of
from server.chat.prompt.messages import instructed, joined, last_question, orphans
from server.chat.tool_calls.format import HERMES, ToolFormat
from server.chat.tool_calls.tools import Tool

INSTRUCTIONS = """\
You can call these functions, one JSON object a line:
{tools}

To call a function, write this and nothing else:
{call}
The result comes back to you."""

# Takes little from a model that is right to call, and much from one that is not: see policy.py.
ADVICE = "If none of the functions does exactly what the user asks for, do not call one: answer in words."

# A small model that has read a result explains how to call the tool, or calls it again, unless it is asked once more,
# and no longer sees the tools.
REQUEST = {
    "en": "Now answer my question in one sentence, or in more if it needs them.",
    "zh": "现在请根据结果，用一句话回答我的问题，需要时可以更长。",
}


def with_request(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, which end with results, and a request to answer, in the language of the last one."""
    asked = next((message["content"] for message in reversed(messages) if message["role"] == "user"), "")
    return [*messages, {"role": "user", "content": REQUEST[language_of(asked)]}]


def with_fenced_calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with the calls before the user's last words as objects in a fence, and their results as theirs.

    That is how a model calls which never learnt its template's form. Shown calls in that form, it makes no more.
    """
    return _retold(messages, _fenced)


def without_calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages without the calls before the user's last words, and their results as the user's words.

    For an answer that may not call: a model that sees only calls of its own writes the next answer in their shape.
    """
    return _retold(messages, _without_calls)


def _retold(
    messages: list[dict[str, Any]], tell: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]]:
    last = last_question(messages)
    told = [*map(tell, messages[:last]), messages[last]]
    said = [message for message in told if message["role"] != "assistant" or message["content"]]
    return [*joined(said), *messages[last + 1 :]]


def with_single_calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with each call in one of its own, and its result behind it."""
    told: list[dict[str, Any]] = []
    left = deque(messages)
    while left:
        message = left.popleft()
        calls = message.get("tool_calls", [])
        if len(calls) < 2:
            told.append(message)
            continue
        results: list[dict[str, Any]] = []
        while left and left[0]["role"] == "tool":
            results.append(left.popleft())
        for call in calls:
            told.append({**message, "tool_calls": [call]})
            message = {"role": "assistant", "content": ""}
            told += [result for result in results if result["tool_call_id"] == call["id"]]
        ids = {call["id"] for call in calls}
        told += [result for result in results if result["tool_call_id"] not in ids]
    return told


def with_words_before_calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with words beside calls in one of their own, for templates that show one or the other."""
    told: list[dict[str, Any]] = []
    for message in messages:
        if message["content"] and "tool_calls" in message:
            told.append({key: value for key, value in message.items() if key != "tool_calls"})
            message = {**message, "content": ""}
        told.append(message)
    return told


def with_told_orphans(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with results whose call is not there as the user's words."""
    alone = set(orphans(messages))
    return joined([_plain(message) if i in alone else message for i, message in enumerate(messages)])


def with_written_calls(messages: list[dict[str, Any]], form: ToolFormat) -> list[dict[str, Any]]:
    """The messages with calls as a part of what was said, for templates that leave them out."""
    return [_written(message, form) for message in messages]


def with_advice(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with a word in the system message on when not to call."""
    return instructed(messages, ADVICE)


def with_tools(
    messages: list[dict[str, Any]], tools: tuple[Tool, ...], form: ToolFormat = HERMES
) -> list[dict[str, Any]]:
    """For models whose template knows no tools, or a form of calls that we do not read, or refuses these tools.

    Tells the tools in the system message, and calls and results as plain text.
    """
    listed = "\n".join(json.dumps(tool.declaration()["function"], ensure_ascii=False) for tool in tools)
    instructions = INSTRUCTIONS.format(tools=listed, call=_example(form))
    return instructed(with_plain_calls(messages, form), instructions)


def with_plain_calls(messages: list[dict[str, Any]], form: ToolFormat = HERMES) -> list[dict[str, Any]]:
    """The messages with calls as a part of what was said, and results as the user's words."""
    return joined([_plain(message, form) for message in messages])


def _plain(message: dict[str, Any], form: ToolFormat = HERMES) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    return _written(message, form)


def _written(message: dict[str, Any], form: ToolFormat) -> dict[str, Any]:
    if calls := message.get("tool_calls"):
        functions = [call["function"] for call in calls]
        text = form.write([(function["name"], function["arguments"]) for function in functions])
        return {"role": "assistant", "content": "\n".join(filter(None, [message["content"], text]))}
    return message


def _without_calls(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result: {message['content']}"}
    return {key: value for key, value in message.items() if key != "tool_calls"}


def _fenced(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result: {message['content']}"}
    if calls := message.get("tool_calls"):
        functions = [{key: call["function"][key] for key in ("name", "arguments")} for call in calls]
        fences = [f"```json\n{json.dumps(each, ensure_ascii=False, indent=2)}\n```" for each in functions]
        return {"role": "assistant", "content": "\n".join(filter(None, [message["content"], *fences]))}
    return message


def _example(form: ToolFormat) -> str:
    """A call of any function."""
    values = form.notation.write({"ARGUMENT": "VALUE"}) if form.notation else '{"ARGUMENT": VALUE}'
    call = f"{form.before_name}FUNCTION{form.before_arguments}{values}{form.after_arguments}"
    return form.begin + call + form.end
