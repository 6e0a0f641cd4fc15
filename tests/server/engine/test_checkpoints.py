"""Models whose memory cannot go back share what they have in common all the same, and answer as plain decoding does."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from llama_cpp import llama_cpp as lib
from plain_decoding import held

from server.engine.engine import Engine
from server.engine.generation import Generation
from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Model
from server.engine.sampling import SamplingParams
from server.engine.worker import Worker
from tests.fakes.tiny_models import KINDS, VOCABULARY

GREEDY = SamplingParams(temperature=0)
# Numbers are added in another order in another batch; where the best token leads by less, either may come.
CLOSE_CALL = 0.02
DICE = np.random.default_rng(1)


def some(n: int) -> list[int]:
    return [int(token) for token in DICE.integers(1, VOCABULARY, n)]


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("tiny") / f"{request.param}.gguf"
    KINDS[request.param](path)
    return Model(path)


@pytest.fixture
def make(kind: Model) -> Iterator[Callable[..., Engine]]:
    workers: list[Worker] = []

    def engine(n_ctx: int = 1024, swap_bytes: int = 50_000_000, **more: Any) -> Engine:
        worker = Worker()
        size = {"n_ctx": n_ctx, "swap_bytes": swap_bytes}
        made = worker.call(lambda: Engine(kind, n_threads=1, wake=worker.wake, **size, **more))
        worker.start(made)
        workers.append(worker)
        return made

    yield engine
    for worker in workers:
        assert worker.stop(timeout=30)


def plain(model: Model, prompt: list[int], n: int) -> list[tuple[int, float]]:
    """The likeliest tokens after a prompt that is computed in one go, each with its lead over the runner-up."""
    context = Context(model, n_ctx=1024, n_batch=1024, n_slots=1, n_threads=1)
    batch = Batch(1024)
    row = batch.add(prompt, 0, 0, wanted=True)
    answer: list[tuple[int, float]] = []
    while len(answer) < n:
        assert context.decode(batch)
        logits = context.logits(row)
        second, first = np.partition(logits, -2)[-2:]
        answer.append((int(logits.argmax()), float(first - second)))
        batch.clear()
        row = batch.add([answer[-1][0]], len(prompt) + len(answer) - 1, 0, wanted=True)
    context.close()
    return answer


def assert_plain(model: Model, prompt: list[int], answer: list[int]) -> None:
    for token, (wanted, lead) in zip(answer, plain(model, prompt, len(answer)), strict=True):
        if token != wanted:
            assert lead < CLOSE_CALL
            return


async def read(generation: Generation) -> list[int]:
    return [token.id async for token in generation]


async def ask(
    engine: Engine, prompt: list[int], n: int = 12, boundaries: tuple[int, ...] = ()
) -> tuple[list[int], int]:
    """The answer, and how many tokens of the prompt were not computed."""
    generation = engine.submit(prompt, GREEDY, n, boundaries=boundaries)
    return await read(generation), generation.cached_tokens


async def together(engine: Engine, prompts: list[list[int]]) -> list[tuple[list[int], int]]:
    """The answers to prompts that are all there before the first step."""
    with held(engine):
        asked = [asyncio.create_task(ask(engine, prompt)) for prompt in prompts]
        await asyncio.sleep(0)
    return await asyncio.gather(*asked)


async def test_what_prompts_that_arrive_together_have_in_common_is_computed_once(
    make: Callable[..., Engine], kind: Model
) -> None:
    engine, rules = make(), some(150)
    prompts = [rules + some(20) for _ in range(5)]

    answers = await together(engine, prompts)

    assert sorted(cached for _, cached in answers) == [0, 150, 150, 150, 150]
    for prompt, (answer, _) in zip(prompts, answers, strict=True):
        assert_plain(kind, prompt, answer)


async def test_several_answers_to_one_prompt_fork_at_its_end(
    make: Callable[..., Engine], kind: Model
) -> None:
    prompt = some(100)
    engine = make()

    answers = await together(engine, [prompt] * 4)

    assert sorted(cached for _, cached in answers) == [0, 99, 99, 99]
    for answer, _ in answers:
        assert_plain(kind, prompt, answer)


async def test_the_next_turn_pays_for_its_new_tokens_only(make: Callable[..., Engine], kind: Model) -> None:
    engine, first = make(), some(90)
    answer, _ = await ask(engine, first)
    second = first + answer + some(30)

    following, cached = await ask(engine, second)

    assert cached == len(first) + len(answer) - 1
    assert_plain(kind, second, following)


async def test_a_history_without_the_thoughts_goes_on_from_before_them(
    make: Callable[..., Engine], kind: Model
) -> None:
    engine, question = make(), some(120)
    await ask(engine, question + some(3), 40, boundaries=(120,))
    second = question + some(50)

    following, cached = await ask(engine, second, boundaries=(165,))

    assert cached >= 120
    assert_plain(kind, second, following)


async def test_another_conversation_begins_after_the_rules(make: Callable[..., Engine], kind: Model) -> None:
    engine, rules = make(), some(130)
    await ask(engine, rules + some(60), boundaries=(130, 188))
    prompt = rules + some(60)

    answer, cached = await ask(engine, prompt, boundaries=(130, 188))

    assert cached == 130
    assert_plain(kind, prompt, answer)


async def test_prompts_that_part_where_nobody_expected_it_share_from_the_third_on(
    make: Callable[..., Engine], kind: Model
) -> None:
    engine, beginning = make(), some(130)
    cached = [(await ask(engine, beginning + some(60)))[1] for _ in range(3)]

    assert cached[2] == 130


async def test_a_swapped_prefix_comes_back_and_forks(make: Callable[..., Engine], kind: Model) -> None:
    engine, rules = make(n_ctx=256), some(100)
    first = rules + some(60)
    await ask(engine, first, 4, boundaries=(100,))
    await ask(engine, some(240), 4)
    assert engine.cache.swap.nbytes > 0
    other = rules + some(60)

    again, cached = await ask(engine, first)
    after, forked = await ask(engine, other, boundaries=(100,))

    # Where a window slides, the last checkpoint; a state that was at the end of the answer has gone past the prompt.
    assert cached == len(first) - 1
    assert forked == 100
    assert_plain(kind, first, again)
    assert_plain(kind, other, after)


async def test_without_room_for_checkpoints_prompts_in_flight_still_share(
    make: Callable[..., Engine], kind: Model
) -> None:
    engine, rules = make(swap_bytes=0), some(150)
    prompts = [rules + some(20) for _ in range(3)]

    answers = await together(engine, prompts)

    assert sorted(cached for _, cached in answers) == [0, 150, 150]
    assert engine.cache.swap.nbytes == 0
    for prompt, (answer, _) in zip(prompts, answers, strict=True):
        assert_plain(kind, prompt, answer)


@pytest.mark.real
async def test_a_full_cache_fails_nobody(make: Callable[..., Engine], kind: Model) -> None:
    """Six answers that need 6 x 110 cells, in 256."""
    engine = make(n_ctx=256)
    prompts = [some(30) for _ in range(6)]

    answers = await asyncio.gather(*(ask(engine, prompt, 80) for prompt in prompts))

    for prompt, (answer, _) in zip(prompts, answers, strict=True):
        assert len(answer) == 80
        assert_plain(kind, prompt, answer)


@pytest.mark.real
async def test_many_mixed_requests_answer_right_and_leave_nothing_behind(
    make: Callable[..., Engine], kind: Model
) -> None:
    """Prompts that share and prompts that don't, a cache and RAM too small for all, and clients that hang up."""
    dice = random.Random(7)
    engine = make(n_ctx=512, swap_bytes=300_000)
    rules = [some(n) for n in (40, 90, 150)]
    questions = [some(40) for _ in range(4)]
    places = asyncio.Semaphore(12)

    async def client() -> None:
        async with places:
            shared = dice.choice(rules)[: dice.choice([20, 150])]
            prompt = shared + dice.choice(questions)[: dice.randrange(1, 40)]
            wanted = dice.randrange(1, 30)
            generation = engine.submit(prompt, GREEDY, wanted, boundaries=(len(shared),))
            answer: list[int] = []
            hang_up_after = dice.randrange(wanted) if dice.random() < 0.3 else None
            async for token in generation:
                answer.append(token.id)
                if len(answer) == hang_up_after:
                    generation.cancel()
            if generation.finish_reason:
                assert_plain(kind, prompt, answer)

    await asyncio.gather(*(client() for _ in range(80)))

    engine.cache.clear()
    assert engine.cache.used == 0
    assert engine.cache.swap.nbytes == engine.cache.swap.checkpoints == 0
    memory = engine._context._memory
    assert {lib.llama_memory_seq_pos_max(memory, slot) for slot in range(kind.footprint.slots)} == {-1}


def test_a_footprint_counts_the_layers_that_have_cells(kind: Model) -> None:
    """A quarter of Qwen3.5's have; all layers were counted."""
    cell, state = kind.footprint.token_bytes, kind.footprint.state_bytes
    attention_layers = {"qwen35": 1, "lfm2": 2, "granitehybrid": 2, "mamba": 0, "gemma3": 6}
    layers = attention_layers[kind.metadata("general.architecture") or ""]
    keys_and_values = layers * 2 * 2 * 16 * 2

    assert keys_and_values <= cell <= keys_and_values + 64
    assert bool(state) == kind.recurrent


async def test_deterministic_answers_are_the_same_to_the_last_bit(
    make: Callable[..., Engine], kind: Model
) -> None:
    """Each kind of memory is read anew where it cannot be cut between two chunks."""
    scored = SamplingParams(temperature=0, top_logprobs=1)
    shared = some(200)
    prompts = [shared + some(20) for _ in range(3)]

    async def logprobs(engine: Engine, prompt: list[int]) -> list[float | None]:
        return [token.logprob async for token in engine.submit(prompt, scored, 8)]

    alone = [await logprobs(make(deterministic=True), prompt) for prompt in prompts]
    busy = make(deterministic=True)

    assert await asyncio.gather(*(logprobs(busy, prompt) for prompt in prompts)) == alone
