"""Libraries of Python that people build on, each in the way that its documentation shows: the extra `clients`."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

# Their own warnings are theirs.
pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]

QUESTION = "What is the weather in Oslo?"
WEATHER = "minus 17 degrees, snow"
# Anthropic's client has no name for it any more.
COLD: Any = {"extra_body": {"temperature": 0}}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def test_litellm_calls_streams_and_knows_a_prompt_that_is_too_long(base_url: str) -> None:
    litellm = pytest.importorskip("litellm")
    common: dict[str, Any] = {
        "model": "openai/moly-chat",
        "api_base": base_url,
        "api_key": "any",
        "temperature": 0,
        "num_retries": 0,
    }
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": parameters}}]
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    call = litellm.completion(messages=messages, tools=tools, max_tokens=60, **common).choices[0].message
    messages += [call, {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": WEATHER}]
    chunks = litellm.completion(messages=messages, tools=tools, max_tokens=60, stream=True, **common)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    assert call.tool_calls[0].function.name == "get_weather"
    assert "17" in said or "snow" in said
    with pytest.raises(litellm.ContextWindowExceededError):
        litellm.completion(messages=[{"role": "user", "content": "word " * 40_000}], **common)


def test_chat_anthropic_of_langchain_calls_and_streams(base_url: str) -> None:
    langchain_anthropic = pytest.importorskip("langchain_anthropic")
    from langchain_core.messages import HumanMessage, ToolMessage

    def get_weather(city: str) -> str:
        """Current weather of a city."""
        return WEATHER

    address = base_url.removesuffix("/v1")
    model = langchain_anthropic.ChatAnthropic(
        model="claude-sonnet-4-5",
        base_url=address,
        api_key="any",
        max_tokens=60,
        max_retries=0,
        model_kwargs=COLD,
    ).bind_tools([get_weather])
    asked = HumanMessage(QUESTION)
    call = model.invoke([asked])
    result = ToolMessage(WEATHER, tool_call_id=call.tool_calls[0]["id"])
    said = "".join(chunk.text for chunk in model.stream([asked, call, result]))

    assert [(each["name"], each["args"]) for each in call.tool_calls] == [("get_weather", {"city": "Oslo"})]
    assert "17" in said or "snow" in said


def pydantic_model(api: str, base_url: str) -> Any:
    """pydantic-ai's model for one of the three forms in which it asks."""
    if api == "messages":
        import anthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        client = anthropic.AsyncAnthropic(base_url=base_url.removesuffix("/v1"), api_key="any")
        return AnthropicModel("claude-sonnet-4-5", provider=AnthropicProvider(anthropic_client=client))
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    kind = {"chat": OpenAIChatModel, "responses": OpenAIResponsesModel}[api]
    return kind("moly-chat", provider=OpenAIProvider(base_url=base_url, api_key="any"))


@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_pydantic_ai_runs_an_agent_with_a_tool_over_two_turns(base_url: str, api: str) -> None:
    pytest.importorskip("pydantic_ai")
    from pydantic_ai import Agent

    agent = Agent(pydantic_model(api, base_url), model_settings={"max_tokens": 80, **COLD})
    called: list[str] = []

    @agent.tool_plain
    def get_weather(city: str, days: set[int] | None = None) -> str:
        """Current weather of a city."""
        called.append(city)
        return WEATHER

    async def run() -> tuple[str, str]:
        first = await agent.run(QUESTION)
        second = await agent.run("Thank you. Say goodbye.", message_history=first.all_messages())
        return first.output, second.output

    first, second = asyncio.run(run())
    assert called == ["Oslo"]
    assert "17" in first or "snow" in first
    assert second


@pytest.mark.parametrize("mode", ["TOOLS", "JSON", "JSON_SCHEMA"])
def test_instructor_fills_a_model(base_url: str, mode: str) -> None:
    instructor = pytest.importorskip("instructor")
    import openai

    client = instructor.from_openai(
        openai.OpenAI(base_url=base_url, api_key="any"), mode=getattr(instructor.Mode, mode)
    )
    person = client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": "Alice is 30 years old."}],
        response_model=Person,
        temperature=0,
        max_tokens=100,
        max_retries=0,
    )

    assert (person.name, person.age) == ("Alice", 30)  # of a class of its own


def test_llama_index_chats_calls_and_fills_a_model(base_url: str) -> None:
    pytest.importorskip("llama_index.llms.openai_like")
    from llama_index.core.llms import ChatMessage
    from llama_index.core.tools import FunctionTool
    from llama_index.llms.openai_like import OpenAILike

    llm = OpenAILike(
        model="moly-chat",
        api_base=base_url,
        api_key="any",
        is_chat_model=True,
        is_function_calling_model=True,
        temperature=0,
        max_tokens=80,
    )

    def get_weather(city: str) -> str:
        """Current weather of a city."""
        return WEATHER

    assert llm.chat([ChatMessage(role="user", content="Say hello.")]).message.content
    tool = FunctionTool.from_defaults(get_weather)
    said = llm.predict_and_call([tool], user_msg=QUESTION)
    assert "17" in str(said)
    assert llm.as_structured_llm(Person).complete("Alice is 30 years old.").raw == Person(
        name="Alice", age=30
    )
