"""Tool calls: by the model's own choice, required, by name, several at once, in pieces, and answered."""

import json
from collections.abc import Iterator
from typing import Any

from kit.doctor.finding import Finding, note, ok, warning
from kit.doctor.probes.api import Api, Refused

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The current weather in a city. 查询城市当前天气。",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
CLOCK = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "The current time in a city. 查询城市当前时间。",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
QUESTION = "What is the weather in Paris right now, in degrees Celsius?"
TWO_CITIES = "What is the weather in Paris and what is the weather in Tokyo, both in degrees Celsius?"
INSTEAD = "Hold to a JSON schema instead, or take another server: `python -m server` can do it."
INSTEAD_ZH = "可改用 JSON schema，或换用其他服务器，例如 `python -m server`。"


def auto(api: Api) -> Iterator[Finding]:
    try:
        choice = api.chat(QUESTION, tools=[WEATHER], max_tokens=96)
    except Refused as refused:
        yield _refused("can.tools", "tool calls (auto)", "工具调用（auto）", refused)
        return
    calls, text = _calls(choice), str((choice.get("message") or {}).get("content") or "")
    if wrong := _wrong(calls, "get_weather"):
        as_text = "get_weather" in text and "{" in text
        reason = "the call comes as text: the server does not read it" if as_text else wrong
        reason_zh = "调用以普通文本返回，服务器没有解析" if as_text else f"未得到正确的调用：{wrong}"
        yield warning(
            "can.tools",
            f"tool calls (auto): {reason}. {INSTEAD}",
            f"工具调用（auto）：{reason_zh}。{INSTEAD_ZH}",
        )
    elif choice.get("finish_reason") != "tool_calls":
        reason = repr(choice.get("finish_reason"))
        yield warning(
            "can.tools_end",
            f"tool calls (auto): finish_reason is {reason}, not 'tool_calls'. Look at message.tool_calls instead.",
            f"工具调用（auto）：finish_reason 是 {reason} 而不是 'tool_calls'。请直接检查 message.tool_calls。",
        )
    else:
        arguments = calls[0]["function"]["arguments"]
        yield ok(
            "can.tools",
            f"tool calls (auto): get_weather({arguments})",
            f"工具调用（auto）：get_weather({arguments})",
        )


def required(api: Api) -> Iterator[Finding]:
    """A greeting needs no tool: one comes only where the endpoint makes the model call."""
    yield _forced(api, "required", "required", [WEATHER], "get_weather")


def named(api: Api) -> Iterator[Finding]:
    choice = {"type": "function", "function": {"name": "get_time"}}
    yield _forced(api, "named", choice, [WEATHER, CLOCK], "get_time")


def parallel(api: Api) -> Iterator[Finding]:
    try:
        calls = _calls(api.chat(TWO_CITIES, tools=[WEATHER], max_tokens=128))
    except Refused as refused:
        yield _refused("can.tools_parallel", "parallel tool calls", "并行工具调用", refused)
        return
    if len(calls) > 1 and len({call.get("id") for call in calls}) == len(calls):
        yield ok("can.tools_parallel", f"parallel tool calls: {len(calls)}", f"并行工具调用：{len(calls)} 个")
    else:
        yield note(
            "can.tools_parallel",
            f"parallel tool calls: {len(calls)} for two cities. Let the loop go on: the next call"
            " comes in the next turn.",
            f"并行工具调用：两个城市只得到 {len(calls)} 个调用。请让循环继续，下一轮会再调用。",
        )


def streamed(api: Api) -> Iterator[Finding]:
    """LangChain loses a delta without `index`, and strings together a name that comes with each of them."""
    try:
        chunks = list(api.stream(QUESTION, tools=[WEATHER], tool_choice="required", max_tokens=96))
    except Refused:
        chunks = list(api.stream(QUESTION, tools=[WEATHER], max_tokens=96))
    deltas = [choice.get("delta") or {} for chunk in chunks for choice in chunk.get("choices") or []]
    calls = [call for delta in deltas for call in delta.get("tool_calls") or []]
    first = [call for call in calls if call.get("index") == 0]
    names = [name for call in first if (name := (call.get("function") or {}).get("name"))]
    text = "".join((call.get("function") or {}).get("arguments") or "" for call in first)
    if not calls:
        fault = "no deltas of a call"
    elif any(call.get("index") is None for call in calls):
        fault = "deltas without index"
    elif names != ["get_weather"]:
        fault = f"the name comes {len(names)} times"
    elif not isinstance(_json(text), dict):
        fault = f"arguments that are no JSON: {text[:40]}"
    else:
        yield ok(
            "can.tools_stream", f"streamed tool calls: {len(calls)} deltas", f"流式工具调用：{len(calls)} 段"
        )
        return
    yield warning(
        "can.tools_stream",
        f"streamed tool calls: {fault}. Ask without stream when there are tools.",
        f"流式工具调用有误（{fault}）。带工具时请使用非流式请求。",
    )


def result(api: Api) -> Iterator[Finding]:
    """A conversation in which a tool has been called already."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
    }
    messages = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "21 degrees and sunny"},
    ]
    try:
        choice = api.chat("", messages=messages, tools=[WEATHER], max_tokens=48)
    except Refused as refused:
        yield _refused("can.tools_result", "results of tools", "工具结果", refused)
        return
    text = " ".join(str((choice.get("message") or {}).get("content") or "").split())
    if "21" in text:
        yield ok("can.tools_result", f"results of tools: {text[:60]}", f"工具结果：{text[:60]}")
    else:
        yield warning(
            "can.tools_result",
            f"results of tools: the answer does not use it ({text[:60] or 'no text'}). Take a larger model.",
            f"工具结果：回答没有用到它（{text[:60] or '无文本'}）。请换用更大的模型。",
        )


def _forced(api: Api, name: str, tool_choice: Any, tools: list[Any], wanted: str) -> Finding:
    en, zh = f"tool calls ({name})", f"工具调用（{name}）"
    try:
        calls = _calls(api.chat("Hello! How are you?", tools=tools, tool_choice=tool_choice, max_tokens=96))
    except Refused as refused:
        return _refused(f"can.tools_{name}", en, zh, refused)
    if wrong := _wrong(calls, wanted):
        return warning(
            f"can.tools_{name}",
            f"{en}: {wrong}. {INSTEAD}",
            f"{zh}：未得到正确的调用（{wrong}）。{INSTEAD_ZH}",
        )
    return ok(f"can.tools_{name}", en, zh)


def _calls(choice: dict[str, Any]) -> list[dict[str, Any]]:
    calls = (choice.get("message") or {}).get("tool_calls") or []
    return [call for call in calls if isinstance(call, dict) and isinstance(call.get("function"), dict)]


def _wrong(calls: list[dict[str, Any]], wanted: str) -> str | None:
    if not calls:
        return "no call"
    name, arguments = calls[0]["function"].get("name"), _json(calls[0]["function"].get("arguments"))
    if name != wanted:
        return f"a call of {name!r} instead of {wanted}"
    if not isinstance(arguments, dict) or not isinstance(arguments.get("city"), str):
        return f"arguments against the schema, {str(calls[0]['function'].get('arguments'))[:60]}"
    if wanted == "get_weather" and arguments.get("unit") not in ("C", "F"):
        return f"arguments against the schema, {str(arguments)[:60]}"
    return None


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return None


def _refused(code: str, en: str, zh: str, refused: Refused) -> Finding:
    return warning(
        code,
        f"{en}: refused with {refused.status} ({refused}). {INSTEAD}",
        f"{zh}：被拒绝，{refused.status}（{refused}）。{INSTEAD_ZH}",
    )
