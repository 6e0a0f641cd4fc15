"""A request inside the engine."""

import time

from server.engine.branches import Branch
from server.engine.constraint import Constraint
from server.engine.generation import Generation, Token
from server.engine.sampling import Sampler

# A longer run of fast-forward tokens is computed in chunks, like a prompt: this many take no longer than a chunk may,
# on a machine that prefills 105 tokens/s.
MAX_FAST_FORWARD = 64


class Sequence:
    """Prompt and answer so far in `tokens`, of which `branch` has the first `branch.computed` in the KV cache."""

    def __init__(
        self,
        generation: Generation,
        prompt: list[int],
        max_tokens: int,
        sampler: Sampler,
        constraint: Constraint | None,
        boundaries: tuple[int, ...] = (),
    ) -> None:
        self.generation = generation
        self.tokens = list(prompt)
        self.end = len(prompt) + max_tokens
        self.sampler = sampler
        self.constraint = constraint
        self.boundaries = boundaries
        self.branch: Branch | None = None
        self.answering = False
        self.submitted = self.priority = time.monotonic()
        self.first_token: float | None = None

    @property
    def missing(self) -> int:
        """How many tokens have to be computed before the next one can be sampled; 1 while decoding."""
        return len(self.tokens) - (self.branch.computed if self.branch else 0)

    @property
    def decoding(self) -> bool:
        """Whether the next step can end with a sample."""
        return self.missing == 1 or (self.answering and self.missing <= MAX_FAST_FORWARD)

    @property
    def full(self) -> bool:
        return len(self.tokens) >= self.end

    @property
    def answered(self) -> int:
        return len(self.tokens) - self.generation.prompt_tokens

    @property
    def first_token_seconds(self) -> float | None:
        return self.first_token - self.submitted if self.first_token else None

    def account(self) -> str:
        """What it took: figures, and nothing that anybody said."""
        prompt, cached = self.generation.prompt_tokens, self.generation.cached_tokens
        waited = self.first_token_seconds
        first = "" if waited is None else f"first after {waited:.2f} s, "
        seconds = time.monotonic() - self.submitted
        return f"{prompt} prompt tokens ({cached} cached), {self.answered} answered, {first}{seconds:.2f} s in all"

    def append(self, token: Token) -> None:
        self.tokens.append(token.id)
        self.generation.put(token)

    def append_fast_forward(self) -> bool:
        """Add what the constraint leaves no choice about; it is computed as one batch, like a prompt.

        Returns whether the answer is complete with that.
        """
        if not self.constraint:
            return False
        for token in self.constraint.fast_forward():
            if self.full:
                return False
            self.append(Token(token, logprob=0.0))
        return self.constraint.finished
