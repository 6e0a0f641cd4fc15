"""A vocabulary of single bytes, so that grammars can be tried without a model."""

import json

import numpy as np
from llguidance import LLMatcher, LLTokenizer

from server.chat.constrained.grammar import GrammarConstraint

END = 256


class Bytes:
    """What llguidance wants to know of a tokenizer."""

    eos_token_id = END
    bos_token_id = None
    tokens = (*(bytes([byte]) for byte in range(256)), b"<|end|>")
    special_token_ids = (END,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


class Grammar:
    """Follows a grammar through texts instead of tokens."""

    def __init__(self, tokenizer: LLTokenizer, lark: str) -> None:
        self._constraint = GrammarConstraint(
            tokenizer, LLMatcher(tokenizer, LLMatcher.grammar_from_lark(lark), log_level=0)
        )
        self.text = ""
        self._force()

    def write(self, text: str) -> "Grammar":
        """Raises AssertionError where the grammar does not let a byte through."""
        for byte in text.encode():
            assert self._allowed()[byte], f"{chr(byte)!r} may not come after {self.text!r}"
            self._constraint.accept(byte)
            self.text += chr(byte)
            self._force()
        return self

    def allows(self, text: str) -> bool:
        return bool(self._allowed()[text.encode()[0]])

    @property
    def may_end(self) -> bool:
        return bool(self._allowed()[END])

    @property
    def finished(self) -> bool:
        return self._constraint.finished

    def _force(self) -> None:
        self.text += bytes(token for token in self._constraint.fast_forward() if token != END).decode()

    def _allowed(self) -> np.ndarray:
        scores = np.zeros(END + 1, np.float32)
        self._constraint.apply(scores)
        return np.isfinite(scores)


def plain(text: str) -> str:
    """Lark for a fixed text, in a vocabulary without special tokens."""
    return json.dumps(text) if text else ""
