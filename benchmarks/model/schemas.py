"""Whether answers under a JSON schema come to their end, and say what is right, with the schema shown or not."""

import asyncio
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import openai
import typer

from benchmarks.client import openai_client
from benchmarks.machine import machine
from benchmarks.servers import Endpoints, kit
from server import models

TASKS = Path(__file__).parents[1] / "data" / "structured.jsonl"
AT_ONCE = 8
MAX_TOKENS = 256

Json = dict[str, Any]
SERVERS = {"no 否": "benchmarks.model.unshown_server", "yes 是": "server"}
HEAD = "| model | schema shown 展示 | come to an end 完整 | right 正确 | tokens |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Result:
    ended: bool
    right: bool | None
    tokens: int


def run(
    model: Annotated[list[str], typer.Option(help="Chat models to measure. 要测量的聊天模型。")] = [  # noqa: B006
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-1.5b",
    ],
) -> None:
    """What showing the schema of an answer to the model changes. 在提示词中展示 JSON schema 的效果。"""
    tasks = [json.loads(line) for line in TASKS.read_text(encoding="utf-8").splitlines()]
    embedding = models.resolve("multilingual-e5-small", "embedding").path
    print(f"{machine()}\n\n{HEAD}")
    for name in model:
        for shown, module in SERVERS.items():
            with kit(models.resolve(name, "chat").path, embedding, module=module) as server:
                results = asyncio.run(_answer_all(server, tasks))
            print(f"| `{name}` | {shown} | {_row(results)} |", flush=True)


async def _answer_all(server: Endpoints, tasks: list[Json]) -> list[Result]:
    limit = asyncio.Semaphore(AT_ONCE)
    async with openai_client(server.chat) as client:

        async def answer(task: Json) -> Result:
            async with limit:
                return await _answer(client, task)

        return await asyncio.gather(*map(answer, tasks))


async def _answer(client: openai.AsyncOpenAI, task: Json) -> Result:
    reply = await client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": task["question"]}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": task["schema"]},
        },
        temperature=0,
        max_tokens=MAX_TOKENS,
    )
    ended = reply.choices[0].finish_reason == "stop"
    assert reply.usage
    right = None
    if task["expected"]:
        found = json.loads(reply.choices[0].message.content or "") if ended else {}
        right = ended and all(found[name] == value for name, value in task["expected"].items())
    return Result(ended, right, reply.usage.completion_tokens)


def _row(results: list[Result]) -> str:
    judged = [result.right for result in results if result.right is not None]
    tokens = statistics.median(result.tokens for result in results)
    return f"{sum(result.ended for result in results)}/{len(results)} | {sum(judged)}/{len(judged)} | {tokens:.0f}"
