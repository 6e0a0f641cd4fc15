"""What a model reads before it puts results into words."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine, taught

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

Visit = Callable[..., httpx2.AsyncClient]

TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
ALTERNATING = """
{%- for message in messages %}
{%- set before = loop.previtem %}
{%- if message.role == "user" and before and before.role == "tool" %}{{ raise_exception("no") }}{% endif %}
{{- message.role }}: {{ message.content }}{% if message.tool_calls %}CALLED{% endif %}
{% endfor %}
{%- if tools %}TOOLS {{ tools | tojson }}{% endif %}<tool_call>"""


def asked(question: str) -> list[dict[str, Any]]:
    call = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "snow"},
    ]


@pytest.mark.parametrize(
    ("question", "request_"),
    [("How is the weather?", "Now answer my question"), ("天气怎么样？", "现在请根据结果")],
)
async def test_words_come_from_a_prompt_without_tools_that_asks_once_more(
    visit: Visit, model: Model, question: str, request_: str
) -> None:
    engine = ScriptedEngine(model, "Snow.")
    await visit(ChatModel(engine)).post(
        "/v1/chat/completions", json={"messages": asked(question), "tools": [TOOL]}
    )

    first, words = engine.prompts
    assert '"get_weather"' in first.split("<|im_start|>user")[0]
    assert request_ not in first
    assert '"get_weather"' not in words.split("<|im_start|>user")[0]
    assert "snow" in words
    assert request_ in words.split("snow")[1]


async def test_a_template_that_takes_no_user_after_a_tool_is_not_asked_to(visit: Visit, model: Model) -> None:
    engine = ScriptedEngine(taught(model, ALTERNATING), "Snow.")
    answer = await visit(ChatModel(engine)).post(
        "/v1/chat/completions", json={"messages": asked("How is the weather?"), "tools": [TOOL]}
    )

    assert answer.status_code == 200
    assert all("Now answer my question" not in prompt for prompt in engine.prompts)
