"""What the engine promises, on a real model."""

import asyncio
import random
from collections.abc import Callable

import pytest
from llama_cpp import llama_cpp as lib
from plain_decoding import CLOSE_CALL, QUESTIONS, RULES, Reference, chat, held

from server.engine.engine import ContextLengthExceeded, Engine, QueueFull
from server.engine.generation import Generation
from server.engine.llama.model import Floats, Model
from server.engine.sampling import SamplingParams

GREEDY = SamplingParams(temperature=0)


async def read(generation: Generation) -> list[int]:
    return [token.id async for token in generation]


def assert_same_answer(answer: list[int], prompt: list[int], reference: Reference) -> None:
    """Token for token, up to a close call."""
    expected, leads = reference.greedy(prompt, len(answer))
    for token, wanted, lead in zip(answer, expected, leads, strict=False):
        if token != wanted:
            assert lead < CLOSE_CALL
            return
    assert len(answer) == len(expected)


async def test_one_answer_is_that_of_plain_decoding(
    make_engine: Callable[..., Engine], model: Model, reference: Reference
) -> None:
    prompt = chat(model, "Who is Albert Einstein?", rules="")

    answer = await read(make_engine().submit(prompt, GREEDY, 24))

    assert_same_answer(answer, prompt, reference)


async def test_the_cache_spares_no_more_of_a_prompt_than_there_is() -> None:
    """What a grammar forces stands behind the prompt at once, and was cached too: -17 input tokens were told."""
    generation = Generation(174, wake=lambda: None)
    generation.admitted(191)

    assert generation.cached_tokens == 174


async def test_a_cold_prefix_that_arrives_many_times_at_once_is_computed_once(
    make_engine: Callable[..., Engine], model: Model, reference: Reference
) -> None:
    engine = make_engine()
    prompts = [chat(model, question) for question in QUESTIONS]
    with held(engine):
        generations = [engine.submit(prompt, GREEDY, 12) for prompt in prompts]

    answers = await asyncio.gather(*map(read, generations))

    common = len(chat(model, "")) - 6
    cached = sorted(generation.cached_tokens for generation in generations)
    assert cached[0] == 0
    assert all(common - 8 <= n for n in cached[1:])
    for prompt, answer in zip(prompts, answers, strict=True):
        assert_same_answer(answer, prompt, reference)


async def test_the_next_turn_pays_for_its_new_tokens_only(
    make_engine: Callable[..., Engine], model: Model, reference: Reference
) -> None:
    engine = make_engine()
    first = chat(model, QUESTIONS[0])
    answer = await read(engine.submit(first, GREEDY, 12))
    turn = "<|im_end|>\n<|im_start|>user\nAnd on Sunday?<|im_end|>\n<|im_start|>assistant\n"
    second = first + answer + model.tokenize(turn, add_special=False, parse_special=True)

    generation = engine.submit(second, GREEDY, 12)
    following = await read(generation)

    # The last token of an answer was sampled, but never computed.
    assert generation.cached_tokens == len(first) + len(answer) - 1
    assert_same_answer(following, second, reference)


async def test_several_answers_to_one_prompt_fork_at_its_end(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    engine = make_engine()
    prompt = chat(model, "Invent a name for the museum's cat.")
    warm = [SamplingParams(temperature=1.2, seed=seed) for seed in range(4)]
    with held(engine):
        generations = [engine.submit(prompt, params, 8) for params in warm]

    answers = await asyncio.gather(*map(read, generations))

    assert sorted(g.cached_tokens for g in generations) == [0] + 3 * [len(prompt) - 1]
    assert len({tuple(answer) for answer in answers}) > 1


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
async def test_the_same_seed_gives_the_same_answer_cold_and_cached(
    make_engine: Callable[..., Engine], model: Model, seed: int
) -> None:
    engine = make_engine(deterministic=True)  # or the last digits, and with them a choice, differ
    prompt = chat(model, "Invent a name for the museum's cat.")
    params = SamplingParams(temperature=1.5, seed=seed)

    cold = await read(engine.submit(prompt, params, 16))
    cached = await read(engine.submit(prompt, params, 16))

    assert cached == cold


async def test_the_next_turn_of_a_conversation_passes_prompts_that_came_before(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    engine = make_engine(n_ctx=4096)
    conversation = chat(model, "Tell me more.", "Speak like a pirate. " * 100)
    await read(engine.submit(conversation, GREEDY, 1))
    done: list[str] = []

    async def ask(name: str, prompt: list[int]) -> None:
        await read(engine.submit(prompt, GREEDY, 1))
        done.append(name)

    others = [chat(model, f"{n} " * 150, rules="") for n in range(3)]
    next_turn = conversation + model.tokenize("Aye!", add_special=False, parse_special=False)
    with held(engine):
        asked = [asyncio.create_task(ask("other", prompt)) for prompt in others]
        asked.append(asyncio.create_task(ask("next turn", next_turn)))
        await asyncio.sleep(0)
    await asyncio.gather(*asked)

    assert done[0] == "next turn"


async def test_a_swapped_prefix_comes_back(
    make_engine: Callable[..., Engine], model: Model, reference: Reference
) -> None:
    engine = make_engine(n_ctx=512)
    first = chat(model, QUESTIONS[0])
    await read(engine.submit(first, GREEDY, 4))
    await read(engine.submit(chat(model, "Hello", "Speak like a pirate. " * 75), GREEDY, 4))
    assert engine.cache.swap.nbytes > 0

    generation = engine.submit(first, GREEDY, 12)
    answer = await read(generation)

    assert generation.cached_tokens == len(first) - 1
    assert_same_answer(answer, first, reference)


async def test_a_full_cache_fails_nobody(
    make_engine: Callable[..., Engine], model: Model, reference: Reference
) -> None:
    """Six answers that need 6 x 140 cells, in 512."""
    engine = make_engine(n_ctx=512)
    prompts = [chat(model, f"Tell a long story about the number {n}.", rules="") for n in range(6)]
    generations = [engine.submit(prompt, GREEDY, 110) for prompt in prompts]

    answers = await asyncio.gather(*map(read, generations))

    for generation, prompt, answer in zip(generations, prompts, answers, strict=True):
        assert generation.finish_reason in ("stop", "length")
        assert_same_answer(answer, prompt, reference)


class FastForwardRun:
    """After the first token, `length` more that leave no choice."""

    def __init__(self, token: int, length: int) -> None:
        self._run: list[list[int]] = [[], [token] * length]
        self.finished = False

    def fast_forward(self) -> list[int]:
        return self._run.pop(0) if self._run else []

    def apply(self, logits: Floats) -> None:
        """Anything goes."""

    def accept(self, token: int) -> None:
        """Nothing depends on it."""


async def test_fast_forward_runs_may_be_more_than_a_batch_holds(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    engine = make_engine(n_ctx=4096)
    prompt = chat(model, "Hi", rules="")
    [token] = model.tokenize("!", add_special=False, parse_special=False)
    generations = [engine.submit(prompt, GREEDY, 64, FastForwardRun(token, 60)) for _ in range(12)]

    answers = await asyncio.gather(*map(read, generations))

    assert all(answer[1:61] == [token] * 60 for answer in answers)


async def test_a_step_that_fails_ends_its_requests_and_not_the_engine(
    make_engine: Callable[..., Engine], model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine()
    prompt = chat(model, "Hi", rules="")

    with monkeypatch.context() as broken:
        broken.setattr(engine.cache, "swap_out_idle", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await read(engine.submit(prompt, GREEDY, 4))

    assert await read(engine.submit(prompt, GREEDY, 4))


async def test_what_cannot_fit_alone_is_refused_before_it_starts(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    engine = make_engine(n_ctx=512)

    with pytest.raises(ContextLengthExceeded):
        engine.submit([1] * 512, GREEDY)


async def test_an_answer_may_fill_the_context_and_no_more(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    engine = make_engine(n_ctx=512)
    prompt = chat(model, "Count from 1 to 1000.", rules="")

    generation = engine.submit(prompt, SamplingParams(temperature=0, logit_bias={model.eos or 0: -100}))
    answer = await read(generation)

    assert generation.finish_reason == "length"
    assert len(prompt) + len(answer) == 512


async def test_the_queue_is_bounded(make_engine: Callable[..., Engine], model: Model) -> None:
    engine = make_engine()
    generations = []

    with pytest.raises(QueueFull):
        for _ in range(1000):
            generations.append(engine.submit(chat(model, "Hi", rules=""), GREEDY, 4))

    for generation in generations:
        generation.cancel()
    await asyncio.gather(*map(read, generations))


async def test_two_hundred_mixed_requests_leave_nothing_behind(
    make_engine: Callable[..., Engine], model: Model
) -> None:
    """Prompts that share and prompts that don't, a cache too small for all, and a third of the clients hang up."""
    dice = random.Random(7)
    engine = make_engine(n_ctx=1024, swap_bytes=20_000_000)

    async def client(number: int) -> None:
        await asyncio.sleep(dice.random() * 8)
        rules = RULES[: dice.choice([0, 60, 400])]
        prompt = chat(model, dice.choice(QUESTIONS) + " " + "really " * dice.randrange(20), rules)
        wanted = dice.randrange(1, 10)
        generation = engine.submit(prompt, SamplingParams(temperature=dice.choice([0, 1.0])), wanted)
        hang_up_after = dice.randrange(wanted) if dice.random() < 0.33 else None
        received = 0
        async for _ in generation:
            received += 1
            if received == hang_up_after:
                generation.cancel()
        if generation.finish_reason == "length":
            assert received == wanted
        elif hang_up_after is None:
            assert generation.finish_reason == "stop"

    slots = asyncio.Semaphore(40)

    async def polite(number: int) -> None:
        async with slots:
            await client(number)

    await asyncio.gather(*map(polite, range(200)))

    engine.cache.clear()
    assert engine.cache.used == 0
    assert engine.cache.swap.nbytes == 0
    memory = engine._context._memory
    assert {lib.llama_memory_seq_pos_max(memory, slot) for slot in range(model.footprint.slots)} == {-1}
