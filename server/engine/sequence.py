"""A request inside the engine."""

import time

from server.engine.constraint import Constraint
from server.engine.generation import Generation, Token
from server.engine.kv_cache import Branch
from server.engine.sampling import Sampler

# A longer run of forced tokens is computed in chunks, like a prompt.
FORCED_AT_ONCE = 64


class Sequence:
    """Prompt and answer so far in `tokens`, of which `branch` has the first `branch.computed` in the KV cache."""

    def __init__(
        self,
        generation: Generation,
        prompt: list[int],
        max_tokens: int,
        sampler: Sampler,
        constraint: Constraint | None,
    ) -> None:
        self.generation = generation
        self.tokens = list(prompt)
        self.end = len(prompt) + max_tokens
        self.sampler = sampler
        self.constraint = constraint
        self.branch: Branch | None = None
        self.answering = False
        self.submitted = self.deadline = time.monotonic()
        self.first_token: float | None = None

    @property
    def missing(self) -> int:
        """How many tokens have to be computed before the next one can be sampled; 1 while decoding."""
        return len(self.tokens) - (self.branch.computed if self.branch else 0)

    @property
    def decoding(self) -> bool:
        """Whether the next step can end with a sample."""
        return self.missing == 1 or (self.answering and self.missing <= FORCED_AT_ONCE)

    @property
    def full(self) -> bool:
        return len(self.tokens) >= self.end

    def append(self, token: Token) -> None:
        self.tokens.append(token.id)
        self.generation.put(token)

    def append_forced(self) -> bool:
        """Add what the constraint leaves no choice about; it is computed as one batch, like a prompt.

        Returns whether the answer is complete with that.
        """
        if not self.constraint:
            return False
        for token in self.constraint.forced():
            if self.full:
                return False
            self.append(Token(token, logprob=0.0))
        return self.constraint.finished
