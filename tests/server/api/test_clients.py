"""The libraries that contestants build on."""

import subprocess
import sys
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, Field


class Person(BaseModel):
    """A person."""

    name: str = Field(description="first name")
    age: int = Field(ge=0, le=120)


@tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: minus 17 degrees, snow"


@pytest.fixture
def chat(base_url: str) -> ChatOpenAI:
    return ChatOpenAI(base_url=base_url, api_key="any", model="moly-chat", temperature=0, max_tokens=200)


def test_openai_parses_into_pydantic(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Alice is 30 years old."}]
    reply = client.chat.completions.parse(
        model="moly-chat", messages=messages, response_format=Person, temperature=0, max_tokens=100
    )

    assert reply.choices[0].message.parsed == Person(name="Alice", age=30)


async def test_openai_async_streams(base_url: str) -> None:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="any") as client:
        messages: Any = [{"role": "user", "content": "Say hello."}]
        stream = await client.chat.completions.create(
            model="moly-chat", messages=messages, stream=True, max_tokens=8
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert text


def test_langchain_binds_tools_and_brings_their_results_back(chat: ChatOpenAI) -> None:
    question = HumanMessage("What is the weather in Oslo?")
    call = chat.bind_tools([get_weather]).invoke([question])

    assert call.tool_calls[0]["name"] == "get_weather"
    assert call.tool_calls[0]["args"] == {"city": "Oslo"}
    assert call.usage_metadata["output_tokens"] > 0

    results = [
        ToolMessage(get_weather.invoke(each["args"]), tool_call_id=each["id"]) for each in call.tool_calls
    ]
    answer = chat.invoke([question, call, *results]).content
    assert "17" in answer or "snow" in answer


def test_langchain_streams_tool_calls(chat: ChatOpenAI) -> None:
    whole = AIMessageChunk(content="")
    for chunk in chat.bind_tools([get_weather]).stream("What is the weather in Oslo?", stream_usage=True):
        whole += chunk

    assert whole.tool_calls[0]["args"] == {"city": "Oslo"}
    assert whole.usage_metadata["total_tokens"] > 0


@pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
def test_langchain_gets_structured_output_by_each_method(chat: ChatOpenAI, method: Any) -> None:
    question = 'Alice is 30 years old. Answer as JSON: {"name": ..., "age": ...}'
    person = chat.with_structured_output(Person, method=method).invoke(question)

    assert person == Person(name="Alice", age=30)


def test_langchain_embeds(base_url: str) -> None:
    embeddings = OpenAIEmbeddings(
        base_url=base_url, api_key="any", model="moly-embedding", check_embedding_ctx_length=False
    )

    assert len(embeddings.embed_query("query: moon")) == 384


AGENT = """
import asyncio, sys
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool
from agents import ModelSettings, set_tracing_disabled
from openai import AsyncOpenAI

set_tracing_disabled(True)
client = AsyncOpenAI(base_url=sys.argv[1], api_key="any")
model = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}[sys.argv[2]]

@function_tool
def get_weather(city: str) -> str:
    "Current weather of a city."
    print("called with", city)
    return f"{city}: minus 17 degrees, snow"

agent = Agent(
    name="weather",
    tools=[get_weather],
    model=model(model="moly-chat", openai_client=client),
    model_settings=ModelSettings(temperature=0, max_tokens=128),
)
print(asyncio.run(Runner.run(agent, "What is the weather in Oslo?", max_turns=6)).final_output)
"""


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_agents_sdk_runs_an_agent(base_url: str, api: str, tmp_path: Any) -> None:
    """In a process of its own: its package has the name of our folder `agents`."""
    script = tmp_path / "agent.py"
    script.write_text(AGENT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), base_url, api],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        timeout=240,
    )

    assert done.returncode == 0, done.stderr
    assert "called with Oslo" in done.stdout
