"""Models that think, by a script: none of the small ones does."""

from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from fakes.scripted_engine import ScriptedEngine, taught

from server.chat.chat_model import ChatModel
from server.engine.llama.model import Model

# The model opens its thought itself, unless it is told not to think: Qwen3's way.
OPENS = """\
{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}"""
# The template opens the thought, whatever it is told: DeepSeek-R1's way.
OPENED = OPENS.partition("{% if")[0] + "<think>\n"

HELLO: Any = [{"role": "user", "content": "What is 6 times 7?"}]
THOUGHT, ANSWER = "Six times seven\nis 42.", "It is 42."

Visit = Callable[..., httpx2.AsyncClient]


@pytest.fixture(params=["the model opens", "the template opens"])
def thinker(request: pytest.FixtureRequest, model: Model) -> ChatModel:
    opens = request.param == "the model opens"
    script = f"{'<think>' if opens else ''}\n{THOUGHT}\n</think>\n\n{ANSWER}"
    return ChatModel(ScriptedEngine(taught(model, OPENS if opens else OPENED), script))


@pytest.fixture
def client(visit: Visit, thinker: ChatModel) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="any", http_client=visit(thinker))


async def test_thoughts_come_apart_from_the_answer_and_are_counted(
    client: openai.AsyncOpenAI, thinker: ChatModel
) -> None:
    reply = await client.chat.completions.create(model="moly-chat", messages=HELLO, logprobs=True)

    message = reply.choices[0].message
    assert (message.content, message.reasoning_content) == (ANSWER, THOUGHT)
    assert "".join(entry.token for entry in reply.choices[0].logprobs.content).strip() == ANSWER
    thought = reply.usage.completion_tokens_details.reasoning_tokens
    said = len(thinker.engine.model.tokenize(ANSWER, add_special=False, parse_special=False))
    assert reply.usage.completion_tokens - said - 1 <= thought <= reply.usage.completion_tokens - said


async def test_a_stream_tells_the_thought_first(client: openai.AsyncOpenAI) -> None:
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    parts: dict[str, str] = {}
    async for chunk in await client.chat.completions.create(model="moly-chat", messages=HELLO, **options):
        for name in ("reasoning_content", "content"):
            if chunk.choices and (text := getattr(chunk.choices[0].delta, name, None)):
                parts[name] = parts.get(name, "") + text

    assert parts == {"reasoning_content": THOUGHT, "content": ANSWER}
    assert list(parts) == ["reasoning_content", "content"]
    assert chunk.usage.completion_tokens_details.reasoning_tokens > 5


async def test_a_response_has_its_thought_as_an_item(client: openai.AsyncOpenAI) -> None:
    response = await client.responses.create(model="moly-chat", input="What is 6 times 7?")

    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.output[0].content[0].text == THOUGHT
    assert response.output_text == ANSWER
    assert response.usage.output_tokens_details.reasoning_tokens > 5


@pytest.mark.parametrize(
    "off", [{"reasoning_effort": "none"}, {"chat_template_kwargs": {"enable_thinking": False}}]
)
async def test_thinking_can_be_turned_off(visit: Visit, model: Model, off: dict[str, Any]) -> None:
    engine = ScriptedEngine(taught(model, OPENS), ANSWER)
    asked = {"messages": HELLO, **off}
    reply = (await visit(ChatModel(engine)).post("/v1/chat/completions", json=asked)).json()

    assert engine.prompts[0].endswith("<think>\n\n</think>\n\n")
    assert reply["choices"][0]["message"] == {"role": "assistant", "content": ANSWER, "refusal": None}
    assert reply["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


@pytest.mark.parametrize(
    ("path", "asked", "thinks"),
    [
        ("chat/completions", {"messages": HELLO}, False),
        ("chat/completions", {"messages": HELLO, "reasoning_effort": "low"}, True),
        ("chat/completions", {"messages": HELLO, "chat_template_kwargs": {"enable_thinking": True}}, True),
        ("responses", {"input": "hi"}, False),
        ("responses", {"input": "hi", "reasoning": {"effort": "low"}}, True),
    ],
)
async def test_who_does_not_ask_for_thoughts_waits_for_none(
    visit: Visit, model: Model, path: str, asked: dict[str, Any], thinks: bool
) -> None:
    """Agents waited for a thousand tokens of thoughts before each call."""
    engine = ScriptedEngine(taught(model, OPENS), ANSWER)
    await visit(ChatModel(engine)).post(f"/v1/{path}", json=asked)

    assert engine.prompts[0].endswith("<think>\n\n</think>\n\n") != thinks


async def test_an_effort_reaches_the_template(visit: Visit, model: Model) -> None:
    engine = ScriptedEngine(taught(model, "{{ reasoning_effort }}: "), ANSWER)
    await visit(ChatModel(engine)).post(
        "/v1/chat/completions", json={"messages": HELLO, "reasoning_effort": "low"}
    )

    assert engine.prompts == ["low: "]


@pytest.mark.parametrize("template", [OPENS, OPENED])
async def test_under_a_schema_nothing_is_thought(visit: Visit, model: Model, template: str) -> None:
    engine = ScriptedEngine(taught(model, template), '{"n": 42}')
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    asked = {"messages": HELLO, "response_format": form, "max_tokens": 64}
    reply = (await visit(ChatModel(engine)).post("/v1/chat/completions", json=asked)).json()

    assert engine.prompts[0].rstrip().endswith("</think>")
    assert "reasoning_content" not in reply["choices"][0]["message"]
    assert reply["choices"][0]["message"]["content"].startswith('{"n": ')
