"""The language of a text, of the two that this kit speaks."""

import re
from typing import Literal

Language = Literal["en", "zh"]

# Inside the brackets of a regular expression: han, kana and hangul.
CJK = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\uff66-\uff9f"
    "\U00020000-\U0003134f"
)
CJK_CHARACTER = re.compile(f"[{CJK}]")


def language_of(text: str) -> Language:
    """Chinese, where more than a fifth of the letters are: names and figures in it are often Latin."""
    letters = sum(char.isalpha() for char in text)
    return "zh" if 5 * len(CJK_CHARACTER.findall(text)) > letters else "en"
