"""Log-probabilities in answers, without a model."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from server.api.logprobs import CompletionLogprobs, content_logprobs
from server.engine.generation import Token
from server.engine.llama.model import Model

IMPOSSIBLE = -math.inf


class Vocabulary:
    def piece(self, token: int) -> bytes:
        return b"abc"[token : token + 1]


@pytest.mark.parametrize(
    "report", [content_logprobs, lambda tokens, model: CompletionLogprobs(model).add(tokens)]
)
def test_an_impossible_token_is_reported_in_a_number_that_json_knows(report: Callable[..., Any]) -> None:
    """Completions left an impossible alternative at -inf, which JSON cannot say."""
    tokens = [Token(0, logprob=-0.1, top=((0, -0.1), (1, IMPOSSIBLE))), Token(2, logprob=IMPOSSIBLE)]

    text = json.dumps(report(tokens, Vocabulary()), allow_nan=False)

    assert text.count("-9999.0") == 2


def test_parts_of_one_character_stand_where_it_does(model: Model) -> None:
    """Each part of a split character counted as one, and each chunk of a stream began anew."""
    tokens = [Token(token, -0.5) for token in model.tokenize("a🜲b🜲", add_special=False, parse_special=False)]
    logprobs = CompletionLogprobs(model)

    offsets = [offset for token in tokens for offset in logprobs.add([token])["text_offset"]]

    assert len(tokens) > 4
    assert offsets[0] == 0 and offsets[-1] == 3
    assert set(offsets) == {0, 1, 2, 3}
