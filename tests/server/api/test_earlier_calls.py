"""What a model reads of the calls that it made before the user spoke again."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fakes.scripted_engine import ScriptedEngine, taught

from server.chat.chat_model import ChatModel
from server.chat.tool_calls.prompt import with_fenced_calls
from server.engine.llama.model import Floats, Model

Visit = Callable[..., httpx2.AsyncClient]

TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
CALL = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
CONVERSATION: list[dict[str, Any]] = [
    {"role": "user", "content": "How is the weather in Oslo?"},
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "snow"},
    {"role": "assistant", "content": "It snows."},
    {"role": "user", "content": "And in Rome?"},
]
IN_ITS_FORM = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
IN_A_FENCE = '```json\n{\n  "name": "get_weather",\n  "arguments": {\n    "city": "Oslo"\n  }\n}\n```'


class SureEngine(ScriptedEngine):
    """Finds its script far likelier than anything else."""

    def scores(self, said: int) -> Floats:
        scores = super().scores(said)
        scores[self._script[said : said + 1]] = 20
        return scores


@pytest.mark.parametrize(
    ("script", "shown", "result"),
    [("<tool_call>", IN_ITS_FORM, "<tool_response>\nsnow"), ("```json", IN_A_FENCE, "Result: snow")],
)
async def test_earlier_calls_look_as_the_model_writes_them(
    visit: Visit, model: Model, script: str, shown: str, result: str
) -> None:
    engine = SureEngine(model, script)
    client = visit(ChatModel(engine))
    for _ in range(2):
        await client.post("/v1/chat/completions", json={"messages": CONVERSATION, "tools": [TOOL]})

    asked, *answered = engine.prompts
    assert "Oslo" not in asked
    for prompt in answered:  # it is asked once only
        assert shown in prompt
        assert result in prompt


async def test_a_model_that_called_nothing_before_is_not_asked(visit: Visit, model: Model) -> None:
    engine = SureEngine(model, "```json")
    body = {"messages": CONVERSATION[:1], "tools": [TOOL]}
    await visit(ChatModel(engine)).post("/v1/chat/completions", json=body)

    assert all("Oslo" in prompt for prompt in engine.prompts)


async def test_a_template_that_cannot_be_asked_is_followed(visit: Visit, model: Model) -> None:
    """It takes no tools; without them, the conversation goes on."""
    refuses = "{% if tools %}<tool_call>{{ raise_exception('no') }}{% endif %}{% for m in messages %}"
    calls = (
        "{% for c in m.tool_calls or [] %}CALLED {{ c.function.name }}{{ c.function.arguments }}{% endfor %}"
    )
    shows = f"{{{{ m.role }}}}: {{{{ m.content }}}}{calls}{{% endfor %}}"
    engine = SureEngine(taught(model, f"{refuses}{shows}"), "```json")
    answer = await visit(ChatModel(engine)).post("/v1/chat/completions", json={"messages": CONVERSATION})

    assert answer.status_code == 200
    assert "CALLED" in engine.prompts[0]


def test_calls_since_the_user_spoke_are_left_as_they_are() -> None:
    since = CONVERSATION[:3]
    assert with_fenced_calls(since) == since


def test_no_user_follows_a_user() -> None:
    """An answer that was broken off leaves results without words about them."""
    told = with_fenced_calls(
        [
            {"role": "user", "content": "How is the weather?"},
            {"role": "assistant", "content": "", "tool_calls": [CALL, CALL]},
            {"role": "tool", "tool_call_id": "1", "content": "snow"},
            {"role": "tool", "tool_call_id": "1", "content": "sun"},
            {"role": "user", "content": "Well?"},
        ]
    )
    assert [message["role"] for message in told] == ["user", "assistant", "user"]
    assert told[-1]["content"] == "Result: snow\n\nResult: sun\n\nWell?"


async def test_an_answer_that_may_not_call_sees_results_and_no_calls(visit: Visit, model: Model) -> None:
    """1.5B answered the question after a call without words in the shape of a call."""
    engine = SureEngine(model, "```json")
    messages = [*CONVERSATION[:3], CONVERSATION[-1]]
    for asked in ({}, {"tools": [TOOL], "tool_choice": "none"}):
        await visit(ChatModel(engine)).post("/v1/chat/completions", json={"messages": messages, **asked})

        assert "Result: snow" in engine.prompts[-1]
        assert "get_weather" not in engine.prompts[-1]
        assert engine.prompts[-1].count("<|im_start|>user") == 1
