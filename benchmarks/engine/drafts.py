"""`python -m benchmarks drafts`: whether guessing the next tokens from the prompt would pay on this machine.

An n-gram that was there before is likely to go on as it did then. Guesses are computed in one step with the token
before them, and those that the model would have written itself are kept. What a step of several rows takes is measured,
and so are greedy answers; which guesses would have been right follows from them.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from benchmarks import servers
from benchmarks.client import chat as ask
from benchmarks.client import openai_client
from benchmarks.machine import machine
from server import models
from server.cores import default_threads
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model
from server.engine.worker import Worker

NGRAM = 3
LENGTHS = (1, 2, 3, 7)
TOKENS = 160
CACHED = 512
STEPS = 15

NOTE = (
    "The lighthouse of Ardnamurchan is 36 metres tall and was lit in 1849. Its keeper climbed 152 steps each night. "
    "Since 1988 it has worked without a keeper; the engine room is a museum now, open from April to October."
)
NOTE_ZH = (
    "极光营地位于北纬 69 度，海拔 312 米。营地有十二间木屋，每间可住四人，冬季每晚 980 元，夏季每晚 640 元。"
)
CODE = """def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(value)


def spread(values):
    middle = mean(values)
    return sum((value - middle) ** 2 for value in values) / len(values)
"""
TASKS = {
    "quote": [
        f"Quote the first two sentences of this text word for word.\n\n{NOTE}",
        f"逐字抄写下面这段话。\n\n{NOTE_ZH}",
    ],
    "correct code": [
        f"One name in this Python code is wrong. Write the whole code again with the right name.\n\n{CODE}",
        f"Rename the function `mean` to `average` everywhere and write the whole code again.\n\n{CODE}",
    ],
    "answer from a text": [
        f"How tall is the lighthouse, and when is the museum open? Answer in a sentence.\n\n{NOTE}",
        f"冬季和夏季每晚各多少钱？用一句话回答。\n\n{NOTE_ZH}",
    ],
    "tell a story": [
        "Write a long story about a lighthouse keeper and the sea.",
        "写一个关于灯塔看守人与大海的长故事。",
    ],
}


def run(
    chat: Annotated[str, typer.Option(help="The chat model. 聊天模型。")] = "qwen2.5-coder-0.5b",
) -> None:
    """Whether drafts looked up in the prompt would pay. 从提示中查找草稿是否划算。"""
    path = models.resolve(chat, "chat").path
    with servers.serve("kit", path, models.resolve("multilingual-e5-small", "embedding").path) as at:
        answers = asyncio.run(_answers(at.chat))
    worker = Worker()
    model = worker.call(lambda: Model(path))
    seconds = worker.call(lambda: _costs(model))
    worker.stop(timeout=10)
    print(machine() + "\n")
    print("| rows in a step | " + " | ".join(str(1 + length) for length in (0, *LENGTHS)) + " |")
    print("|---|" + "---|" * (1 + len(LENGTHS)))
    cells = " | ".join(f"{seconds[1 + length] / seconds[1]:.2f}" for length in (0, *LENGTHS))
    print(f"| times what one takes | {cells} |\n")
    print("| task | " + " | ".join(f"drafts of {length}" for length in LENGTHS) + " |")
    print("|---|" + "---|" * len(LENGTHS))
    for task, pairs in answers.items():
        tokens = [(_tokens(model, prompt), _tokens(model, answer)) for prompt, answer in pairs]
        gains = [
            statistics.fmean(gain(prompt, answer, length, seconds) for prompt, answer in tokens)
            for length in LENGTHS
        ]
        print(f"| {task} | " + " | ".join(f"{each:.2f}×" for each in gains) + " |")


def _tokens(model: Model, text: str) -> list[int]:
    return model.tokenize(text, add_special=False, parse_special=False)


async def _answers(url: str) -> dict[str, list[tuple[str, str]]]:
    """Prompts and what the model answers, by task."""
    async with openai_client(url) as client:
        return {
            task: [
                (prompt, (await ask(client, [{"role": "user", "content": prompt}], TOKENS)).text)
                for prompt in prompts
            ]
            for task, prompts in TASKS.items()
        }


def _costs(model: Model) -> dict[int, float]:
    """Seconds of a step by its rows, all of one sequence, behind a prompt."""
    slots = 1 + max(LENGTHS)  # of as many rows llama.cpp has room for the logits
    context = Context(model, n_ctx=1024, n_batch=CACHED, n_slots=slots, n_threads=default_threads())
    batch, dice = Batch(CACHED), random.Random(0)

    def step(rows: int, position: int) -> float:
        batch.clear()
        tokens = [dice.randrange(1000, 9000) for _ in range(rows)]
        batch.add(tokens, position, 0, wanted=True, each=rows <= slots)
        began = time.perf_counter()
        context.decode(batch)
        return time.perf_counter() - began

    step(CACHED, 0)
    taken: dict[int, list[float]] = {1 + length: [] for length in (0, *LENGTHS)}
    for _ in range(STEPS):
        for rows, seconds in taken.items():
            seconds.append(step(rows, CACHED))
            context.remove(0, CACHED)
    context.close()
    return {rows: statistics.median(seconds) for rows, seconds in taken.items()}


def gain(prompt: Sequence[int], answer: Sequence[int], length: int, seconds: dict[int, float]) -> float:
    """How much faster the answer would have been there."""
    known, spent, done = list(prompt), 0.0, 0
    while done < len(answer):
        guess = draft(known, length)
        right = 0
        while right < len(guess) and done + right + 1 < len(answer) and guess[right] == answer[done + right]:
            right += 1
        spent += seconds[1 + length] if guess else seconds[1]
        known += answer[done : done + right + 1]
        done += right + 1
    return len(answer) * seconds[1] / spent


def draft(tokens: Sequence[int], length: int) -> list[int]:
    """What followed the last time that the latest tokens stood there; nothing if they never did."""
    latest = list(tokens[-NGRAM:])
    for place in range(len(tokens) - NGRAM - 1, -1, -1):
        if list(tokens[place : place + NGRAM]) == latest:
            return list(tokens[place + NGRAM : place + NGRAM + length])
    return []
