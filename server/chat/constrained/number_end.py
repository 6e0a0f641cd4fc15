"""Numbers that a small model would write for ever: in JSON they have no end of their own."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from llguidance import LLTokenizer

from server.engine.llama.model import Floats

# A float's shortest form has 17 digits, and 64 bits have 20.
MAX_DIGITS = 24

DIGITS = b"0123456789.eE+-"


class NumberEnd:
    """Follows JSON byte by byte, and lets a number go on to MAX_DIGITS characters."""

    def __init__(self, tokenizer: LLTokenizer, state: tuple[bool, bool, int] = (False, False, 0)) -> None:
        self._tokenizer = tokenizer
        self._in_string, self._escaped, self._length = state

    def copy(self) -> "NumberEnd":
        return NumberEnd(self._tokenizer, (self._in_string, self._escaped, self._length))

    def add(self, token: int) -> None:
        for byte in self._tokenizer.decode_bytes([token]):
            if self._in_string:
                self._in_string = self._escaped or byte != ord('"')
                self._escaped = byte == ord("\\") and not self._escaped
            else:
                self._in_string = byte == ord('"')
                self._length = self._length + 1 if byte in DIGITS else 0

    def apply(self, logits: Floats) -> None:
        """Leave a number that is long enough no further digit, where it may end."""
        if self._in_string or self._length < MAX_DIGITS:
            return
        going_on = _going_on(self._tokenizer)[: len(logits)]
        if np.isfinite(logits[~going_on]).any():
            logits[going_on] = -np.inf


@lru_cache(maxsize=2)
def _going_on(tokenizer: LLTokenizer) -> npt.NDArray[np.bool_]:
    """Which tokens a number goes on with, as a mask of shape (n_vocab,)."""
    pieces = (tokenizer.decode_bytes([token]) for token in range(tokenizer.vocab_size))
    return np.fromiter(
        (piece[:1] in DIGITS and piece != b"" for piece in pieces), np.bool_, tokenizer.vocab_size
    )
