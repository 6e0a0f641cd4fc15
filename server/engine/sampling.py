"""How the next token is chosen."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from server.engine.constraint import Constraint
from server.engine.context import Context
from server.engine.generation import Token
from server.engine.llama import Floats, Model


@dataclass(frozen=True)
class SamplingParams:
    """The usual knobs; a temperature of 0 takes the likeliest token."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repeat_penalty: float = 1.0
    logit_bias: dict[int, float] = field(default_factory=dict)
    seed: int | None = None
    top_logprobs: int | None = None
    """How many alternatives to report with each token; None reports no log-probabilities at all."""

    @property
    def penalises(self) -> bool:
        return bool(self.presence_penalty or self.frequency_penalty or self.repeat_penalty != 1.0)


class Sampler:
    """One sequence's own chain of llama.cpp samplers, with its own random state."""

    def __init__(self, params: SamplingParams, model: Model) -> None:
        self._top_logprobs = params.top_logprobs
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if params.logit_bias:
            pairs: Any = params.logit_bias.items()
            biases = (lib.llama_logit_bias * len(params.logit_bias))(*pairs)
            self._add(lib.llama_sampler_init_logit_bias(model.n_vocab, len(biases), biases))
        if params.penalises:
            # OpenAI counts all of the answer so far; llama.cpp wants a window, here larger than any answer.
            window = model.n_ctx_train
            self._add(
                lib.llama_sampler_init_penalties(
                    model.n_vocab,
                    window,
                    params.repeat_penalty,
                    params.frequency_penalty,
                    params.presence_penalty,
                )
            )
        if params.temperature == 0:
            self._add(lib.llama_sampler_init_greedy())
            return
        self._add(lib.llama_sampler_init_top_k(params.top_k))
        self._add(lib.llama_sampler_init_top_p(params.top_p, 1))
        self._add(lib.llama_sampler_init_min_p(params.min_p, 1))
        self._add(lib.llama_sampler_init_temp(params.temperature))
        # llama.cpp takes 2**32 - 1 for "any seed".
        seed = secrets.randbits(31) if params.seed is None else params.seed % (2**32 - 1)
        self._add(lib.llama_sampler_init_dist(seed))

    def sample(self, context: Context, row: int, constraint: Constraint | None) -> Token:
        """Choose the token after a row of the last decode. Log-probabilities are the model's, before any knob."""
        logprobs = None if self._top_logprobs is None else _log_softmax(context.logits(row))
        if constraint:
            constraint.apply(context.logits(row))
        token = context.sample(self._chain, row)
        if constraint:
            constraint.accept(token)
        if logprobs is None:
            return Token(token)
        return Token(token, float(logprobs[token]), _top(logprobs, self._top_logprobs or 0))

    def close(self) -> None:
        lib.llama_sampler_free(self._chain)

    def _add(self, sampler: Any) -> None:
        lib.llama_sampler_chain_add(self._chain, sampler)


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)


def _top(logprobs: Floats, n: int) -> tuple[tuple[int, float], ...]:
    likeliest = np.argsort(logprobs)[::-1][:n]
    return tuple((int(token), float(logprobs[token])) for token in likeliest)
