"""A chain of llama.cpp's samplers."""

from typing import Any

from llama_cpp import llama_cpp as lib

from server.engine.llama.context import Context


class SamplerChain:
    """Samplers in the order in which they are added; the last one chooses."""

    def __init__(self, n_vocab: int) -> None:
        self._n_vocab = n_vocab
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())

    def logit_bias(self, bias: dict[int, float]) -> None:
        pairs: Any = bias.items()
        biases = (lib.llama_logit_bias * len(bias))(*pairs)
        self._add(lib.llama_sampler_init_logit_bias(self._n_vocab, len(biases), biases))

    def penalties(self, window: int, repeat: float, frequency: float, presence: float) -> None:
        self._add(lib.llama_sampler_init_penalties(self._n_vocab, window, repeat, frequency, presence))

    def top_k(self, k: int) -> None:
        self._add(lib.llama_sampler_init_top_k(k))

    def top_p(self, p: float) -> None:
        self._add(lib.llama_sampler_init_top_p(p, 1))

    def min_p(self, p: float) -> None:
        self._add(lib.llama_sampler_init_min_p(p, 1))

    def temperature(self, temperature: float) -> None:
        self._add(lib.llama_sampler_init_temp(temperature))

    def greedy(self) -> None:
        """Choose the likeliest token."""
        self._add(lib.llama_sampler_init_greedy())

    def draw(self, seed: int) -> None:
        """Choose at random, by probability. 2**32 - 1 is llama.cpp's word for any seed."""
        self._add(lib.llama_sampler_init_dist(seed))

    def sample(self, context: Context, row: int) -> int:
        """The token after a row of the last decode."""
        return int(lib.llama_sampler_sample(self._chain, context.pointer, row))

    def close(self) -> None:
        lib.llama_sampler_free(self._chain)

    def _add(self, sampler: Any) -> None:
        lib.llama_sampler_chain_add(self._chain, sampler)
