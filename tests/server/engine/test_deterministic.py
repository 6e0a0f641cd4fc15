"""Greedy answers under load differed from those alone in half of the cases: here they are the same to the last bit."""

import asyncio
from collections.abc import Callable

from plain_decoding import QUESTIONS, chat

from server.engine.engine import Engine
from server.engine.generation import Generation, Token
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams

# Log-probabilities show every rounding, long before a token is another.
GREEDY = SamplingParams(temperature=0, top_logprobs=2)

Make = Callable[..., Engine]


async def read(generation: Generation) -> list[Token]:
    return [token async for token in generation]


async def test_eight_answers_at_once_are_those_alone(make_engine: Make, model: Model) -> None:
    """Whoever hangs up before them leaves no trace either."""
    prompts = [chat(model, question) for question in QUESTIONS[:2]]
    alone = [await read(make_engine(deterministic=True).submit(prompt, GREEDY, 6)) for prompt in prompts]

    busy = make_engine(deterministic=True)
    gone = busy.submit(prompts[0], GREEDY, 50)
    at_once = [busy.submit(prompt, GREEDY, 6) for prompt in prompts * 4]
    await anext(aiter(gone))
    gone.cancel()

    assert await asyncio.gather(*map(read, at_once)) == alone * 4
    # What prompts have in common is not computed again.
    assert [generation.cached_tokens for generation in at_once] == [128] * 8


async def test_the_next_turn_is_the_same_with_a_history_and_cold(make_engine: Make, model: Model) -> None:
    engine = make_engine(deterministic=True)
    first = chat(model, QUESTIONS[0])
    said = [token.id for token in await read(engine.submit(first, GREEDY, 6))]
    turn = "<|im_end|>\n<|im_start|>user\nAnd on Sunday?<|im_end|>\n<|im_start|>assistant\n"
    second = first + said + model.tokenize(turn, add_special=False, parse_special=True)

    warm = await read(engine.submit(second, GREEDY, 4))

    assert warm == await read(make_engine(deterministic=True).submit(second, GREEDY, 4))
