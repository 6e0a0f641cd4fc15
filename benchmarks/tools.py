"""Tool calls on cases of the Berkeley Function-Calling Leaderboard."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import openai
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.function_calls import Call, as_tools, calls_match
from benchmarks.servers import kit
from kit.problem import Problem
from server import models

AT_ONCE = 4
MAX_TOKENS = 512


@dataclass(frozen=True)
class Result:
    category: str
    right: bool
    calls: int
    valid: int
    seconds: float


def run(
    data: Annotated[Path, typer.Option(help="Cases as JSON lines. 测试用例，每行一个 JSON。")],
    model: Annotated[list[str], typer.Option(help="Chat models to measure. 要测量的聊天模型。")] = [  # noqa: B006
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-1.5b",
    ],
    every: Annotated[int, typer.Option(min=1, help="Take each n-th case only. 每 n 个用例取一个。")] = 1,
) -> None:
    """How often `tool_choice: auto` makes the right calls, and leaves alone what no tool is for."""
    cases = _read(data)[::every]
    console = Console()
    embedding = models.resolve("multilingual-e5-small", "embedding").path
    for name in model:
        chat = models.resolve(name, "chat").path
        with kit(chat, embedding) as server, Progress(console=console, transient=True) as progress:
            results = asyncio.run(_answer_all(server.chat, cases, progress))
        console.print(_table(name, results))


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise Problem(
            f"{path} cannot be read as JSON lines: {error}. Give a file of the leaderboard's cases with --data.",
            f"无法按 JSON Lines 读取 {path}：{error}。请用 --data 指定排行榜用例文件。",
        ) from None


async def _answer_all(base_url: str, cases: list[dict[str, Any]], progress: Progress) -> list[Result]:
    bar = progress.add_task("cases 用例", total=len(cases))
    places = asyncio.Semaphore(AT_ONCE)
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", timeout=1200, max_retries=0) as client:

        async def answer(case: dict[str, Any]) -> Result:
            async with places:
                result = await _answer(client, case)
            progress.advance(bar)
            return result

        return await asyncio.gather(*map(answer, cases))


async def _answer(client: openai.AsyncOpenAI, case: dict[str, Any]) -> Result:
    tools: Any = as_tools(case["function"])
    started = asyncio.get_running_loop().time()
    reply = await client.chat.completions.create(
        model="moly-chat", messages=case["question"][0], tools=tools, temperature=0, max_tokens=MAX_TOKENS
    )
    seconds = asyncio.get_running_loop().time() - started
    choice = reply.choices[0]
    written = [
        (call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or []
        if call.type == "function"
    ]
    valid = [call for call in (_validated(name, text, tools) for name, text in written) if call]
    right = len(valid) == len(written) and calls_match(valid, case["ground_truth"])
    return Result(case["category"], right, len(written), len(valid), seconds)


def _validated(name: str, arguments: str, tools: list[dict[str, Any]]) -> Call | None:
    """The call, if it names a declared tool and its arguments satisfy that tool's schema."""
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    try:
        values = json.loads(arguments)
        jsonschema.validate(values, schemas[name])
    except (KeyError, ValueError, jsonschema.ValidationError):
        return None
    return name, values


def _table(model: str, results: list[Result]) -> Table:
    table = Table("category", "cases", "right", "%", "calls", "valid", "s a case", title=model)
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.category].append(result)
    for category, group in groups.items():
        right = sum(result.right for result in group)
        table.add_row(
            category,
            str(len(group)),
            str(right),
            f"{right / len(group):.0%}",
            str(sum(result.calls for result in group)),
            str(sum(result.valid for result in group)),
            f"{sum(result.seconds for result in group) / len(group):.1f}",
        )
    return table
