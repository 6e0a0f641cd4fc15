"""What each knob does to the choice, where the scores are known."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from server.engine.llama.batch import Batch
from server.engine.llama.context import Context
from server.engine.llama.model import Floats, Model
from server.engine.sampling import Sampler, SamplingParams

FIRST, SECOND, THIRD = 7, 30, 51
# No knob but the one that a test turns.
PLAIN = SamplingParams(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=1)
GREEDY = SamplingParams(temperature=0)
DRAWS = 200


class Scores:
    """Not a constraint, but a place to write scores: tokens with these probabilities, and nothing else."""

    finished = False

    def __init__(self, probabilities: dict[int, float]) -> None:
        self._probabilities = probabilities

    def fast_forward(self) -> list[int]:
        return []

    def apply(self, logits: Floats) -> None:
        logits[:] = -np.inf
        for token, probability in self._probabilities.items():
            logits[token] = np.log(probability) + 10  # above zero, where a repeat penalty divides

    def accept(self, token: int) -> None:
        """Every draw has the same scores."""


Draw = Callable[..., list[int]]


@pytest.fixture
def draw(mamba: Model) -> Iterator[Draw]:
    """One answer's tokens, each drawn from the same probabilities: here a half, three tenths and a fifth."""
    context, batch = Context(mamba, n_ctx=64, n_batch=64, n_slots=1, n_threads=1), Batch(64)
    row = batch.add([1], 0, 0, wanted=True)
    assert context.decode(batch)

    def many(
        params: SamplingParams, n: int = DRAWS, probabilities: dict[int, float] | None = None
    ) -> list[int]:
        scores = Scores(probabilities or {FIRST: 0.5, SECOND: 0.3, THIRD: 0.2})
        sampler = Sampler(params, mamba)
        tokens = [sampler.sample(context, row, scores).id for _ in range(n)]
        sampler.close()
        return tokens

    yield many
    context.close()


def test_without_any_knob_tokens_come_as_often_as_they_are_likely(draw: Draw) -> None:
    tokens = draw(PLAIN, 2000)

    shares = [tokens.count(token) / len(tokens) for token in (FIRST, SECOND, THIRD)]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.06)  # five standard deviations


@pytest.mark.parametrize(
    "params",
    [
        GREEDY,
        replace(PLAIN, temperature=5.0, top_k=1),
        replace(PLAIN, temperature=5.0, min_p=1.0),
        replace(PLAIN, temperature=5.0, top_p=0.01),
    ],
    ids=["temperature 0", "top_k 1", "min_p 1", "top_p near 0"],
)
def test_what_leaves_one_token_takes_the_likeliest_at_any_temperature(
    draw: Draw, params: SamplingParams
) -> None:
    assert set(draw(params)) == {FIRST}


@pytest.mark.parametrize(
    "params",
    [replace(PLAIN, top_k=2), replace(PLAIN, min_p=0.5), replace(PLAIN, top_p=0.7)],
    ids=["the two likeliest", "half as likely as the likeliest", "seven tenths in all"],
)
def test_what_leaves_two_tokens_never_takes_the_third(draw: Draw, params: SamplingParams) -> None:
    assert set(draw(params)) == {FIRST, SECOND}


def test_a_higher_temperature_gives_unlikely_tokens_a_chance(draw: Draw) -> None:
    def share(temperature: float) -> float:
        return draw(replace(PLAIN, temperature=temperature), 1000).count(THIRD) / 1000

    # 0.02, 0.2 and 0.3 by the formula.
    assert share(0.3) < 0.1 < share(1.0) < 0.25 < share(5.0)


@pytest.mark.parametrize(
    "penalty",
    [{"frequency_penalty": 20.0}, {"presence_penalty": 20.0}, {"repeat_penalty": 100.0}],
    ids=lambda penalty: next(iter(penalty)),
)
def test_a_strong_penalty_never_repeats_a_token(draw: Draw, penalty: dict[str, float]) -> None:
    probabilities = {token: 0.9**token for token in range(20, 40)}

    assert draw(GREEDY, 20, probabilities) == [20] * 20
    assert draw(replace(GREEDY, **penalty), 20, probabilities) == list(range(20, 40))


def test_a_frequency_counts_how_often_and_a_presence_only_whether(draw: Draw) -> None:
    """The first leads the second by 0.51: a presence of 0.4 never turns that, a frequency of 0.4 does at two."""
    assert draw(replace(GREEDY, presence_penalty=0.4), 3) == [FIRST] * 3
    assert draw(replace(GREEDY, frequency_penalty=0.4), 3) == [FIRST, FIRST, SECOND]


def test_a_bias_favours_a_token_or_bans_it(draw: Draw) -> None:
    assert set(draw(replace(PLAIN, logit_bias={THIRD: 100}))) == {THIRD}
    assert set(draw(replace(PLAIN, logit_bias={FIRST: -100}))) == {SECOND, THIRD}


def test_a_seed_repeats_an_answer_and_no_seed_does_not(draw: Draw) -> None:
    assert draw(PLAIN) == draw(PLAIN)
    assert draw(PLAIN) != draw(replace(PLAIN, seed=2))
    assert draw(replace(PLAIN, seed=None)) != draw(replace(PLAIN, seed=None))


def test_log_probabilities_are_the_model_s_whatever_the_knobs(mamba: Model) -> None:
    context, batch = Context(mamba, n_ctx=64, n_batch=64, n_slots=1, n_threads=1), Batch(64)
    row = batch.add([1], 0, 0, wanted=True)
    assert context.decode(batch)
    logits = context.logits(row).astype(np.float64)
    expected = logits - np.log(np.exp(logits).sum())

    biased = Sampler(replace(GREEDY, logit_bias={FIRST: 100}, top_logprobs=3), mamba)
    token = biased.sample(context, row, None)
    biased.close()
    context.close()

    likeliest = np.argsort(-expected)[:3]
    assert token.id == FIRST
    assert token.logprob == pytest.approx(expected[FIRST], abs=1e-4)
    assert [other for other, _ in token.top] == likeliest.tolist()
    assert [logprob for _, logprob in token.top] == pytest.approx(expected[likeliest], abs=1e-4)
