"""An engine that says what it is told to."""

import copy
from typing import Any

import numpy as np

from server.engine.constraint import Constraint
from server.engine.engine import ContextLengthExceeded, QueueFull
from server.engine.generation import Generation, Token
from server.engine.llama.model import Floats, Model
from server.engine.metrics import Metrics
from server.engine.sampling import SamplingParams


def taught(model: Model, template: str) -> Model:
    """The model with another chat template."""
    other: Any = copy.copy(model)
    other.chat_template = lambda: template
    other.original = model  # with whose end the weights are freed
    return other


class ScriptedEngine:
    """Says `script` to every prompt, as far as `max_tokens` and a constraint let it, then fails with `error`.

    It takes `places` prompts in all.
    """

    def __init__(
        self, model: Model, script: str, *, error: Exception | None = None, places: int = 1_000_000
    ) -> None:
        self.model = model
        self.n_ctx = 4096
        self.metrics = Metrics()
        self.generations: list[Generation] = []
        self.prompts: list[str] = []
        self.params: list[SamplingParams] = []
        self._script = model.tokenize(script, add_special=False, parse_special=True)
        self._error = error
        self._places = places

    def submit(
        self,
        prompt: list[int],
        params: SamplingParams,
        max_tokens: int | None,
        constraint: Constraint | None,
        *,
        goes_on: bool,
        boundaries: tuple[int, ...] = (),
    ) -> Generation:
        if len(prompt) >= self.n_ctx:
            raise ContextLengthExceeded(len(prompt), self.n_ctx)
        if not goes_on and len(self.generations) >= self._places:
            raise QueueFull
        self.prompts.append(b"".join(self.model.piece(token, special=True) for token in prompt).decode())
        self.params.append(params)
        generation = Generation(len(prompt), wake=lambda: None)
        self.generations.append(generation)
        tokens = self._held(constraint) if constraint else self._script
        said = tokens[: max_tokens or 64]
        for token in said:
            generation.put(Token(token, logprob=-0.5))
        if self._error:
            generation.fail(self._error)
        else:
            generation.finish("stop" if len(said) == len(tokens) else "length")
        return generation

    def scores(self, said: int) -> Floats:
        """What a constraint reads after so many tokens: here a model that finds all of them alike."""
        return np.zeros(self.model.n_vocab, np.float32)

    def _held(self, constraint: Constraint) -> list[int]:
        """The end of the answer wherever it may come, then the script, then anything."""
        tokens: list[int] = []
        while len(tokens) < 64:
            tokens += constraint.fast_forward()
            scores = self.scores(len(tokens))
            constraint.apply(scores)
            allowed = np.flatnonzero(np.isfinite(scores))
            wanted = [self.model.eos, *self._script[len(tokens) : len(tokens) + 1], *allowed[-1:]]
            token = next(int(token) for token in wanted if token in allowed)
            constraint.accept(token)
            if self.model.ends_generation(token):
                break
            tokens.append(token)
        return tokens
