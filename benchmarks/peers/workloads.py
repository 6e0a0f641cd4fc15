"""What agents do to a server. Each workload has new words every time, so that nothing is warm."""

import asyncio
import random
import re
import statistics
import time
from collections.abc import Callable, Coroutine

import httpx2

from benchmarks.client import Measured, chat, embed, openai_client
from benchmarks.peers import structured
from benchmarks.servers import Endpoints
from rag.answering.prompts import messages
from rag.passage import TOP_K, Passage

Figures = dict[str, float]

VOCABULARY = """
answer ask check quote never guess what tool can tell language question source city museum train ticket
morning evening open close price student visitor guide plan route lunch garden river bridge station weather
"""
WORDS = VOCABULARY.split()


def words(dice: random.Random, n: int) -> str:
    """About n tokens of text, different each time from the first word on."""
    return " ".join(dice.choice(WORDS) for _ in range(n))


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


async def converse(
    at: Endpoints, n: int = 8, turns: int = 3, shared: bool = True
) -> tuple[list[list[Measured]], float]:
    """n agents at once, a system prompt of about 1,250 tokens, 3 turns of 32 tokens each; answers and seconds."""
    async with openai_client(at.chat) as client:
        dice = random.Random()
        common = words(dice, 1250)

        async def agent(number: int) -> list[Measured]:
            rules = common if shared else words(dice, 1250)
            messages = [
                {"role": "system", "content": rules},
                {"role": "user", "content": f"Plan day {number} of my trip in great detail, hour by hour."},
            ]
            answers = []
            for turn in range(turns):
                answers.append(await chat(client, messages, 32))
                messages.append({"role": "assistant", "content": answers[-1].text})
                content = f"Tool result {turn}: open from nine to five. Go on, in great detail."
                messages.append({"role": "user", "content": content})
            return answers

        started = time.perf_counter()
        conversations = await asyncio.gather(*map(agent, range(n)))
        return conversations, time.perf_counter() - started


def figures_of(conversations: list[list[Measured]], wall: float) -> Figures:
    answers = [answer for turns in conversations for answer in turns]
    return {
        "wall s": wall,
        "TTFT p95 s": p95([answer.first for answer in answers]),
        "tokens/s": sum(answer.tokens for answer in answers) / wall,
    }


async def agents(at: Endpoints, n: int = 8, turns: int = 3) -> Figures:
    return figures_of(*await converse(at, n, turns))


async def agents_apart(at: Endpoints) -> Figures:
    """The same with nothing in common."""
    return figures_of(*await converse(at, shared=False))


async def streams(at: Endpoints, n: int = 8) -> Figures:
    """n short prompts at once, 64 tokens each."""
    async with openai_client(at.chat) as client:
        ask = [{"role": "user", "content": "Write a long story about a lighthouse keeper and the sea."}]
        await chat(client, ask, 2)
        started = time.perf_counter()
        answers = await asyncio.gather(*(chat(client, ask, 64) for _ in range(n)))
        return {"tokens/s": sum(answer.tokens for answer in answers) / (time.perf_counter() - started)}


async def one_stream(at: Endpoints) -> Figures:
    return await streams(at, 1)


async def newcomer(at: Endpoints) -> Figures:
    """A stream is running when a prompt of about 2,200 tokens arrives."""
    async with openai_client(at.chat) as client:
        story = [
            {"role": "user", "content": "Write a very long story about a lighthouse keeper and the sea."}
        ]
        running = asyncio.create_task(chat(client, story, 400))
        await asyncio.sleep(2)
        document = [{"role": "user", "content": f"Summarise: {words(random.Random(), 2200)}"}]
        late = await chat(client, document, 8)
        stream = await running
        return {"longest gap s": max(stream.gaps), "newcomer's TTFT s": late.first}


async def passages(at: Endpoints) -> Figures:
    """256 passages of about 140 tokens in batches of 32, then single questions."""
    async with openai_client(at.embeddings) as client:
        dice = random.Random()
        texts = [f"passage: {words(dice, 120)}" for _ in range(256)]
        await embed(client, texts[:4])
        started = time.perf_counter()
        for start in range(0, len(texts), 32):
            await embed(client, texts[start : start + 32])
        wall = time.perf_counter() - started
        query = statistics.median([await embed(client, [f"query: {words(dice, 10)}"]) for _ in range(20)])
        return {"passages/s": len(texts) / wall, "one query ms": query * 1000}


async def rag_turns(at: Endpoints) -> Figures:
    """8 questions at once as `rag ask` sends them: embed the question, then answer it from passages of 500 tokens."""
    async with openai_client(at.chat) as chat_client, openai_client(at.embeddings) as embedding_client:
        dice = random.Random()

        async def turn(number: int) -> None:
            question = (
                f"What do the notes say of {words(dice, 8)}? Answer at length, with question {number} first."
            )
            await embed(embedding_client, [f"query: {question}"])
            found = [
                Passage(words(dice, 500 // TOP_K), "notes.md", "Notes", "", None, 0, 0) for _ in range(TOP_K)
            ]
            await chat(chat_client, messages(question, found), 32)

        started = time.perf_counter()
        await asyncio.gather(*map(turn, range(8)))
        return {"wall s": time.perf_counter() - started}


async def old_prefixes(at: Endpoints) -> Figures:
    """How fast one stream decodes on a fresh server, and when the cache is full of prefixes that nobody asks for."""
    async with openai_client(at.chat) as client:
        fresh = (await one_stream(at))["tokens/s"]
        for number in range(24):
            old = [{"role": "user", "content": f"{words(random.Random(), 700)} Question {number}?"}]
            await chat(client, old, 1)
        full = (await one_stream(at))["tokens/s"]
        return {"tokens/s fresh": fresh, "tokens/s full": full, "full/fresh": full / fresh}


async def memory(at: Endpoints) -> Figures:
    """What the processes hold after all of that; where the server says what it keeps, also what is beyond that."""
    if not at.processes:
        return {}
    held = sum(process.memory_info().rss for process in at.processes)
    figures = {"RSS MB": held / 1e6}
    if at.model_bytes:
        told = httpx2.get(at.chat.removesuffix("/v1") + "/metrics").text
        kept = sum(
            float(value) for value in re.findall(r"^moly_(?:kv|swapped)_bytes (\S+)$", told, re.MULTILINE)
        )
        figures["beyond models, KV cache and swapped prefixes, MB"] = (held - at.model_bytes - kept) / 1e6
    return figures


WORKLOADS: dict[str, Callable[[Endpoints], Coroutine[None, None, Figures]]] = {
    # The first, while the server is fresh.
    "old prefixes": old_prefixes,
    "8 agents, one cold prefix": agents,
    "8 agents, nothing shared": agents_apart,
    "8 streams": streams,
    "one stream": one_stream,
    "a long prompt arrives": newcomer,
    "embeddings": passages,
    "8 RAG turns": rag_turns,
    "8 answers under a schema": structured.several,
    "one answer under a schema": structured.one,
    "memory": memory,
}
