"""What a model reads of the calls that it made before the user spoke again."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from scripted_engine import ScriptedEngine

from server.chat.chat_model import ChatModel
from server.chat.tool_prompt import retold
from server.engine.llama import Floats, Model

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
    chat = ChatModel(engine)
    await chat.prepare()
    await visit(chat).post("/v1/chat/completions", json={"messages": CONVERSATION, "tools": [TOOL]})

    prompt = engine.prompts[1]
    assert shown in prompt
    assert result in prompt


def test_calls_since_the_user_spoke_are_left_as_they_are() -> None:
    since = CONVERSATION[:3]
    assert retold(since) == since


def test_no_user_follows_a_user() -> None:
    """An answer that was broken off leaves results without words about them."""
    told = retold(
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
