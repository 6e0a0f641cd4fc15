"""`python -m benchmarks scale`: the same agents before one server and before copies of it."""

import asyncio
import random
import time
from typing import Annotated

import openai
import typer
from rich.console import Console

from benchmarks.client import Measured, chat, openai_client
from benchmarks.machine import machine
from benchmarks.peers.workloads import Figures, p95, words
from benchmarks.scale import routers

TEAMS, AGENTS, TURNS = 4, 2, 3
TOKENS = 32
STREAMS, LONG = 8, 200

console = Console(stderr=True, highlight=False)


def run(
    way: Annotated[
        list[str] | None,
        typer.Option(
            help="one, prefix, random, vllm-router or litellm; by default the first three. 要比较的方式。"
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "smollm2-135m",
    kill: Annotated[bool, typer.Option(help="Kill a replica in mid-load. 负载中途杀死一个副本。")] = False,
) -> None:
    """Measure teams of agents, each with a long prompt of its own; with --kill, what a dead replica costs."""
    rows: dict[str, Figures] = {}
    for name in ["prefix"] if kill else way or ["one", "prefix", "random"]:
        with routers.way(name, model) as url:
            rows[name] = asyncio.run(killed(url) if kill else teams(url))
        console.print(f"{name}: {rows[name]}")
    print(machine() + "\n")
    figures = list(next(iter(rows.values())))
    print("| | " + " | ".join(figures) + " |\n|---|" + "---|" * len(figures))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{row[figure]:.2f}" for figure in figures) + " |")


async def teams(url: str) -> Figures:
    """Teams that begin one after another: agents with the same prompt of 1,000 tokens, some turns each."""
    dice = random.Random(0)
    prompts = [words(dice, 1000) for _ in range(TEAMS)]
    async with openai_client(url) as client:
        began = time.perf_counter()
        agents = [agent(client, prompt, number) for number in range(AGENTS) for prompt in prompts]
        answers = [answer for each in await asyncio.gather(*agents) for answer in each]
        seconds = time.perf_counter() - began
    return {
        "wall s": seconds,
        "tokens/s": sum(answer.tokens for answer in answers) / seconds,
        "TTFT p95 s": p95([answer.first for answer in answers]),
        "cached share": sum(each.cached_tokens for each in answers)
        / sum(each.prompt_tokens for each in answers),
    }


async def agent(client: openai.AsyncOpenAI, prompt: str, number: int) -> list[Measured]:
    question = f"Plan day {number} of my trip in great detail, hour by hour."
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": question}]
    answers = []
    for turn in range(TURNS):
        answers.append(await chat(client, messages, TOKENS))
        messages.append({"role": "assistant", "content": answers[-1].text})
        messages.append({"role": "user", "content": f"Tool result {turn}: open from nine to five. Go on."})
    return answers


async def killed(url: str) -> Figures:
    """Long answers on both replicas, of which one dies; as many again at once; and when it is replaced."""
    async with openai_client(url).with_options(max_retries=0) as client:
        streams = stories(client)
        while not all((held := await asyncio.to_thread(routers.held)).values()):
            await asyncio.sleep(0.1)
        dying = next(iter(held))
        await asyncio.to_thread(routers.kill, dying)
        died = time.perf_counter()
        lost = await failures(streams)
        meanwhile = await failures(stories(client))
        while dying in await asyncio.to_thread(routers.held):
            await asyncio.sleep(0.1)
        await asyncio.to_thread(routers.wait_until_whole)
        replaced = time.perf_counter() - died
        later = await failures(stories(client))
    return {
        "streams": STREAMS,
        "of them on the replica that died": held[dying],
        "lost": lost,
        "lost of as many begun then": meanwhile,
        "s until it was replaced": replaced,
        "lost of as many after that": later,
    }


async def failures(streams: list[asyncio.Task[Measured]]) -> int:
    ended = await asyncio.gather(*streams, return_exceptions=True)
    return sum(isinstance(outcome, openai.APIError) for outcome in ended)


def stories(client: openai.AsyncOpenAI) -> list[asyncio.Task[Measured]]:
    return [asyncio.create_task(story(client)) for _ in range(STREAMS)]


async def story(client: openai.AsyncOpenAI) -> Measured:
    topic = words(random.Random(), 6)
    asked = [{"role": "user", "content": f"{topic}: write a very long story about it."}]
    return await chat(client, asked, LONG)
