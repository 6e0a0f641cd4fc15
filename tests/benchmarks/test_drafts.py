"""What guesses from the prompt would save follows from the answer and from what steps cost."""

import pytest

from benchmarks.engine.drafts import draft, gain

STEPS = {1: 1.0, 4: 2.0}


def test_a_draft_is_what_followed_the_last_time() -> None:
    assert draft([1, 2, 3, 7, 1, 2, 3, 8, 9, 1, 2, 3], 2) == [8, 9]
    assert draft([1, 2, 3, 4], 2) == []


def test_an_answer_that_repeats_the_prompt_takes_half_the_time() -> None:
    prompt = list(range(100))

    # Three tokens and the one behind them for a step of twice the time, but for the first three, which find nothing.
    assert gain(prompt, list(range(40)), 3, STEPS) == pytest.approx(40 / (3 + 2 * 10), abs=0.1)


def test_an_answer_of_new_words_costs_nothing_more() -> None:
    assert gain([1, 2, 3], [11, 12, 13, 14], 3, STEPS) == 1.0


def test_wrong_drafts_cost_their_rows() -> None:
    assert gain([1, 2, 3, 4, 5, 6, 1, 2, 3], [50], 3, STEPS) == 0.5
