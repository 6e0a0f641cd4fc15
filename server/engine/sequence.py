"""A request inside the engine."""

from server.engine.constraint import Constraint
from server.engine.generation import Generation, Token
from server.engine.sampling import Sampler


class Sequence:
    """Prompt and answer so far in `tokens`, of which the first `computed` stand in the KV cache at `slot`."""

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
        self.slot = -1
        self.computed = 0

    @property
    def missing(self) -> int:
        """How many tokens have to be computed before the next one can be sampled; 1 while decoding."""
        return len(self.tokens) - self.computed

    @property
    def full(self) -> bool:
        return len(self.tokens) >= self.end

    def append(self, token: Token) -> None:
        self.tokens.append(token.id)
        self.generation.put(token)

    def append_forced(self) -> None:
        """Add what the constraint leaves no choice about; it is computed as one batch, like a prompt."""
        if self.constraint:
            for token in self.constraint.forced():
                if self.full:
                    return
                self.append(Token(token, logprob=0.0))
