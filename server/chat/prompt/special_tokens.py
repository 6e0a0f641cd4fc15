"""Special tokens in what people, documents and tools say: words there, and no commands."""

import re
from collections.abc import Iterable
from typing import Any

# No character of any language: Unicode keeps it for programs' own use.
CUT = "\ufdd0"

# A search holds all other threads up; through so many characters it takes some milliseconds.
STRETCH = 1 << 16


class SpecialTokens:
    """The texts that a vocabulary reads as control tokens, such as `<|im_end|>`, which only a template may write.

    `cut` puts a mark into each of them; a prompt that is tokenized piece by piece between the marks keeps every
    letter, and none of these tokens.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        known = [text for text in texts if len(text) > 1]
        self._longest = max(map(len, known), default=0)
        first = "".join(re.escape(char) for char in sorted({text[0] for text in known}))
        # One character at a time, since they may overlap; its first letter is looked at before all of them.
        beginning = f"(?=[{first}])(?={'|'.join(map(re.escape, known))})." if known else "(?!)"
        self._beginning = re.compile(beginning, re.DOTALL)

    def cut(self, value: Any) -> Any:
        """The same value with all its strings cut, in lists and dictionaries too."""
        if isinstance(value, str):
            return self._cut(value.replace(CUT, ""))
        if isinstance(value, list):
            return [self.cut(each) for each in value]
        if isinstance(value, dict):
            return {self.cut(key): self.cut(each) for key, each in value.items()}
        return value

    def _cut(self, text: str) -> str:
        pieces, done = [], 0
        for begin in range(0, len(text), STRETCH):
            end = begin + STRETCH
            for found in self._beginning.finditer(text, begin, end + self._longest):
                if found.start() < end:
                    pieces.append(text[done : found.end()])
                    done = found.end()
        return CUT.join([*pieces, text[done:]])
