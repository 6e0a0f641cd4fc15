"""`python -m benchmarks determinism`: how often a greedy answer is another under load, and what to prevent it costs."""

import asyncio
import random
import time
from pathlib import Path
from typing import Annotated

import openai
import typer

from benchmarks import servers
from benchmarks.client import chat as ask
from benchmarks.client import openai_client
from benchmarks.machine import machine
from benchmarks.peers.workloads import agents, words
from benchmarks.servers import Endpoints
from server import models

AT_ONCE = 8
N = 4
MODES = {"as usual": {}, "MOLY_DETERMINISTIC=1": {"MOLY_DETERMINISTIC": "1"}}

Row = tuple[str, str]


def run(
    questions: Annotated[int, typer.Option(help="How many questions. 多少个问题。")] = 24,
    tokens: Annotated[int, typer.Option(help="Tokens an answer. 每个回答的 token 数。")] = 48,
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
) -> None:
    """Ask alone and all at once, and compare 单独提问与同时提问的回答是否相同。"""
    files = models.resolve(chat, "chat").path, models.resolve("multilingual-e5-small", "embedding").path
    columns = [_measured(settings, *files, questions, tokens) for settings in MODES.values()]
    print(f"{machine()}\n\n| | {' | '.join(MODES)} |\n|---|{'---|' * len(MODES)}")
    for rows in zip(*columns, strict=True):
        print(f"| {rows[0][0]} | {' | '.join(value for _, value in rows)} |")


def _measured(
    settings: dict[str, str], chat: Path, embedding: Path, questions: int, tokens: int
) -> list[Row]:
    with servers.kit(chat, embedding, settings=servers.ANY_MODEL | settings) as at:
        return asyncio.run(_compared(at, questions, tokens))


async def _compared(at: Endpoints, questions: int, tokens: int) -> list[Row]:
    prompts = [_prompt(random.Random(number)) for number in range(questions)]
    places = asyncio.Semaphore(AT_ONCE)
    async with openai_client(at.chat) as client:

        async def answer(prompt: str) -> str:
            async with places:
                return (await ask(client, [{"role": "user", "content": prompt}], tokens)).text

        began = time.perf_counter()
        alone = [await answer(prompt) for prompt in prompts]
        one_by_one = time.perf_counter() - began
        began = time.perf_counter()
        at_once = await asyncio.gather(*map(answer, prompts))
        together = time.perf_counter() - began
        several = [await _several(client, prompt, tokens) for prompt in prompts[::2]]
    differ = sum(one != other for one, other in zip(alone, at_once, strict=True))
    told = await agents(at, n=AT_ONCE, turns=2)
    return [
        (
            f"greedy answers of {tokens} tokens that differ, {AT_ONCE} at once from alone",
            f"{differ} of {questions}",
        ),
        (f"`n={N}` at temperature 0 that gave several answers", f"{sum(several)} of {len(several)}"),
        ("one after the other, s", f"{one_by_one:.1f}"),
        (f"{AT_ONCE} at once, s", f"{together:.1f}"),
        (f"{AT_ONCE} agents on one prompt of 1,250 tokens, 2 turns, s", f"{told['wall s']:.1f}"),
    ]


async def _several(client: openai.AsyncOpenAI, prompt: str, tokens: int) -> bool:
    answers = await client.chat.completions.create(
        model="moly-chat",
        messages=[{"role": "user", "content": prompt}],
        max_tokens=tokens,
        temperature=0,
        n=N,
    )
    return len({choice.message.content for choice in answers.choices}) > 1


def _prompt(dice: random.Random) -> str:
    return f"Tell a story in which these appear: {words(dice, 12)}."
