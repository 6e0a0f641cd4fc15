"""How much of a machine the server takes."""

from typing import Any
from unittest import mock

import psutil
import pytest

from kit.problem import Problem
from server.engine.llama.footprint import Footprint
from server.machine import (
    DEFAULT_CONTEXT,
    LARGEST_SWAP,
    SMALLEST_CONTEXT,
    WORKING_BYTES,
    context_length,
    require_room,
    swap_bytes,
)

PER_TOKEN = 12_288  # Qwen2.5-0.5B


def model(n_ctx_train: int = 32_768, per_token: int = PER_TOKEN, state: int = 0) -> Any:
    return mock.Mock(n_ctx_train=n_ctx_train, footprint=Footprint(per_token, state))


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets how many bytes of memory are free."""

    def bytes_free(available: int) -> None:
        monkeypatch.setattr(psutil, "virtual_memory", lambda: mock.Mock(available=available))

    return bytes_free


@pytest.mark.parametrize(
    ("tokens_of_room", "context"),
    [
        (100_000, DEFAULT_CONTEXT),
        (DEFAULT_CONTEXT, DEFAULT_CONTEXT),
        (DEFAULT_CONTEXT - 1, DEFAULT_CONTEXT - 1),
        (5_000, 5_000),
        (SMALLEST_CONTEXT, SMALLEST_CONTEXT),
    ],
)
def test_on_little_memory_the_context_shrinks_to_what_fits(tokens_of_room: int, context: int) -> None:
    assert context_length(model(), tokens_of_room * PER_TOKEN, None) == context


def test_a_context_too_small_to_be_of_use_is_told() -> None:
    with pytest.raises(Problem) as problem:
        context_length(model(), (SMALLEST_CONTEXT - 1) * PER_TOKEN, None)

    for said in (problem.value.en, problem.value.zh):
        assert "qwen2.5-coder-0.5b" in said
        assert "CONTEXT_LENGTH" in said


def test_a_context_that_was_asked_for_is_given_whole_or_refused() -> None:
    assert context_length(model(), 20_000 * PER_TOKEN, 20_000) == 20_000
    assert context_length(model(), 500 * PER_TOKEN, 500) == 500
    with pytest.raises(Problem):
        context_length(model(), 19_999 * PER_TOKEN, 20_000)


def test_nobody_gets_more_context_than_the_model_learnt() -> None:
    assert context_length(model(n_ctx_train=1024), 10**12, None) == 1024
    with pytest.raises(Problem, match="1024"):
        context_length(model(n_ctx_train=1024), 10**12, 1025)


def test_a_recurrent_model_needs_no_room_for_its_context() -> None:
    assert context_length(model(per_token=0), 0, None) == DEFAULT_CONTEXT


def test_weights_have_to_fit_beside_what_computing_takes(free: Any) -> None:
    free(1_000_000_000 + WORKING_BYTES)
    assert require_room(900_000_000) == 100_000_000

    with pytest.raises(Problem, match=r"1\.5 GB needed, 1\.4 GB free"):
        require_room(1_100_000_000)


@pytest.mark.parametrize(("available", "limit"), [(64_000_000_000, LARGEST_SWAP), (800_000_000, 100_000_000)])
def test_swapped_prefixes_take_an_eighth_of_what_is_free_up_to_a_bound(
    free: Any, available: int, limit: int
) -> None:
    free(available)

    assert swap_bytes(None) == limit
    assert swap_bytes(7) == 7_000_000
    assert swap_bytes(0) == 0
