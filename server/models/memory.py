"""How much memory a model takes, by the dimensions in its header."""

from dataclasses import dataclass

# Tokens: what a chat model is reckoned with, and the longest window of an embedding model.
CHAT_CONTEXT, WINDOW = 8_192, 2_048
# What llama.cpp computes with, and Python: once for all models of a server.
WORKING_BYTES = 400_000_000
# The engine has 8 slots at least and 64 at most, each with a state of its own.
LARGEST_STATES, FEWEST_SLOTS, MOST_SLOTS = 400_000_000, 8, 64
F16, F32 = 2, 4


@dataclass(frozen=True)
class Layers:
    """What a model's layers keep of a context.

    Those with attention keep a key and a value of each token, in so many heads of such a length; recurrent ones keep so
    many numbers of a sequence, however long it is.
    """

    attention: int
    kv_heads: int
    head_length: int
    recurrent: int = 0
    state_length: int = 0

    @property
    def token_bytes(self) -> int:
        return 2 * F16 * self.attention * self.kv_heads * self.head_length

    @property
    def state_bytes(self) -> int:
        return F32 * self.recurrent * self.state_length

    def context(self, tokens: int) -> int:
        """Bytes of a context of so many tokens, with the states of all its slots."""
        fewest, most = FEWEST_SLOTS * self.state_bytes, MOST_SLOTS * self.state_bytes
        return tokens * self.token_bytes + min(most, max(fewest, LARGEST_STATES))
