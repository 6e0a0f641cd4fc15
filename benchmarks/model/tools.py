"""Tool calls, on conversations of our own and on cases of the Berkeley Function-Calling Leaderboard."""

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

from benchmarks.model.function_calls import Call, as_tools, calls_match
from benchmarks.servers import kit
from kit.language import language_of
from kit.problem import Problem
from server import models

# Second and third turns, in both languages; the leaderboard's cases have one turn.
CONVERSATIONS = Path(__file__).with_name("conversations.jsonl")
AT_ONCE = 4
MAX_TOKENS = 512
ROW = "{:<34} {:>5} {:>5} {:>5} {:>6} {:>6} {:>9}"

Case = dict[str, Any]


@dataclass(frozen=True)
class Result:
    right: bool
    calls: int
    valid: int
    seconds: float


def run(
    data: Annotated[
        Path | None, typer.Option(help="More cases, as JSON lines. 更多测试用例，每行一个 JSON。")
    ] = None,
    model: Annotated[list[str], typer.Option(help="Chat models to measure. 要测量的聊天模型。")] = [  # noqa: B006
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-1.5b",
    ],
    every: Annotated[int, typer.Option(min=1, help="Take each n-th case only. 每 n 个用例取一个。")] = 1,
) -> None:
    """How often `tool_choice: auto` makes the right calls, and leaves alone what no tool is for."""
    cases = (_read(CONVERSATIONS) + (_read(data) if data else []))[::every]
    console = Console()
    embedding = models.resolve("multilingual-e5-small", "embedding").path
    for name in model:
        console.print(ROW.format(name, "cases", "right", "%", "calls", "valid", "s a case"), highlight=False)
        with kit(models.resolve(name, "chat").path, embedding) as server:
            for group, members in _grouped(cases).items():
                results = asyncio.run(_answer_all(server.chat, members))
                console.print(_row(group, results), highlight=False)


def _read(path: Path) -> list[Case]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise Problem(
            f"{path} cannot be read as JSON lines: {error}. Give a file of the leaderboard's cases with --data.",
            f"无法按 JSON Lines 读取 {path}：{error}。请用 --data 指定排行榜用例文件。",
        ) from None


def _grouped(cases: list[Case]) -> dict[str, list[Case]]:
    """By category, and what is asked in Chinese apart."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        chinese = language_of(case["question"][0][-1]["content"]) == "zh"
        groups[case["category"] + " 中文" * chinese].append(case)
    return groups


async def _answer_all(base_url: str, cases: list[Case]) -> list[Result]:
    places = asyncio.Semaphore(AT_ONCE)
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", timeout=1200, max_retries=0) as client:

        async def answer(case: Case) -> Result:
            async with places:
                return await _answer(client, case)

        return await asyncio.gather(*map(answer, cases))


async def _answer(client: openai.AsyncOpenAI, case: Case) -> Result:
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
    return Result(right, len(written), len(valid), seconds)


def _validated(name: str, arguments: str, tools: list[dict[str, Any]]) -> Call | None:
    """The call, if it names a declared tool and its arguments satisfy that tool's schema."""
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    try:
        values = json.loads(arguments)
        jsonschema.validate(values, schemas[name])
    except (KeyError, ValueError, jsonschema.ValidationError):
        return None
    return name, values


def _row(group: str, results: list[Result]) -> str:
    right = sum(result.right for result in results)
    return ROW.format(
        group,
        len(results),
        right,
        f"{right / len(results):.0%}",
        sum(result.calls for result in results),
        sum(result.valid for result in results),
        f"{sum(result.seconds for result in results) / len(results):.1f}",
    )
