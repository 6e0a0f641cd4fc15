"""How the next token is chosen."""

import secrets
from dataclasses import dataclass, field

import numpy as np

from server.engine.constraint import Constraint
from server.engine.generation import Token
from server.engine.llama.context import Context
from server.engine.llama.model import Floats, Model
from server.engine.llama.sampler import SamplerChain


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
    """One sequence's own chain of samplers, with its own random state."""

    def __init__(self, params: SamplingParams, model: Model) -> None:
        self._top_logprobs = params.top_logprobs
        self._chain = chain = SamplerChain(model.n_vocab)
        if params.logit_bias:
            chain.logit_bias(params.logit_bias)
        if params.penalises:
            # OpenAI counts all of the answer so far; llama.cpp wants a window, here larger than any answer.
            chain.penalties(
                model.n_ctx_train, params.repeat_penalty, params.frequency_penalty, params.presence_penalty
            )
        if params.temperature == 0:
            chain.greedy()
            return
        chain.top_k(params.top_k)
        chain.top_p(params.top_p)
        chain.min_p(params.min_p)
        chain.temperature(params.temperature)
        chain.draw(secrets.randbits(31) if params.seed is None else params.seed % (2**32 - 1))

    def sample(self, context: Context, row: int, constraint: Constraint | None) -> Token:
        """Choose the token after a row of the last decode. Log-probabilities are the model's, before any knob."""
        logprobs = None if self._top_logprobs is None else _log_softmax(context.logits(row))
        if constraint:
            constraint.apply(context.logits(row))
        token = self._chain.sample(context, row)
        if constraint:
            constraint.accept(token)
        if logprobs is None:
            return Token(token)
        return Token(token, float(logprobs[token]), _top(logprobs, self._top_logprobs or 0))

    def close(self) -> None:
        self._chain.close()


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)


def _top(logprobs: Floats, n: int) -> tuple[tuple[int, float], ...]:
    if not n:
        return ()
    # Sorting a whole vocabulary of 152,000 takes 8 ms, a third of a small model's token.
    likeliest = np.argpartition(logprobs, -n)[-n:]
    likeliest = likeliest[np.argsort(-logprobs[likeliest], kind="stable")]
    return tuple((int(token), float(logprobs[token])) for token in likeliest)
