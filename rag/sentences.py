"""Where text may be cut, from the best place to the last resort, and how long it is in tokens."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

Language = Literal["en", "zh"]

CJK = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\uff66-\uff9f"
    "\U00020000-\U0003134f"
)
CJK_CHARACTER = re.compile(f"[{CJK}]")
CLOSING = "”’」』）】》\"')\\]"
ABBREVIATIONS = {"dr", "e.g", "etc", "fig", "i.e", "mr", "mrs", "ms", "no", "prof", "st", "vs"}

SENTENCE_END = re.compile(rf"[。！？]+[{CLOSING}]*\s*|[.!?]+[{CLOSING}]*\s+(?=[^a-z\s])")
LINE_END = re.compile(r"\n\s*")
CLAUSE_END = re.compile(rf"[，、；：]+[{CLOSING}]*\s*|[,;:]+[{CLOSING}]*\s+")
WORD_END = re.compile(rf"\s+|(?<=[{CJK}])(?=\S)")
LAST_WORD = re.compile(r"[\w.]+$")

# multilingual-e5's own tokenizer on XQuAD's paragraphs: 1.47 characters a token in Chinese, 4.28 in English.
# Rounded to the safe side, since names, numbers and code take more.
TOKENS_PER_CJK_CHARACTER = 0.75
TOKENS_PER_OTHER_CHARACTER = 0.3


def language_of(text: str) -> Language:
    """Chinese, where at least a fifth of the letters are: names and figures in it are often Latin."""
    letters = sum(char.isalpha() for char in text)
    return "zh" if 5 * len(CJK_CHARACTER.findall(text)) > letters else "en"


def estimate_tokens(text: str) -> float:
    cjk = len(CJK_CHARACTER.findall(text))
    return cjk * TOKENS_PER_CJK_CHARACTER + (len(text) - cjk) * TOKENS_PER_OTHER_CHARACTER


def split_to_fit(
    text: str, start: int, end: int, budget: float, ends: tuple[re.Pattern[str], ...]
) -> list[tuple[int, int]]:
    """Cut `start` to `end` after the first of `ends`, and what is still too long after the next."""
    if estimate_tokens(text[start:end]) <= budget:
        return [(start, end)]
    if not ends:
        # One endless word: every character counts as the dearest does.
        step = max(1, int(budget / TOKENS_PER_CJK_CHARACTER))
        return [(at, min(at + step, end)) for at in range(start, end, step)]
    cuts = [match.end() for match in ends[0].finditer(text, start, end) if _is_end(text, match)]
    bounds = [start, *(cut for cut in cuts if start < cut < end), end]
    return [
        piece
        for left, right in pairwise(bounds)
        for piece in split_to_fit(text, left, right, budget, ends[1:])
    ]


def even_packs(sizes: Sequence[float], budget: float) -> list[tuple[int, int]]:
    """Group neighbours into packs of about equal size within the budget; first and last index of each."""
    total = sum(sizes)
    fair_share = total / max(1, math.ceil(total / budget))
    packs: list[tuple[int, int]] = []
    first, filled = 0, 0.0
    for index, size in enumerate(sizes):
        if index > first and (filled + size > budget or filled + size / 2 > fair_share):
            packs.append((first, index - 1))
            first, filled = index, 0.0
        filled += size
    return [*packs, (first, len(sizes) - 1)] if sizes else []


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Whether the period after "Dr." or "J." is not the end of a sentence."""
    if match.re is not SENTENCE_END or not match[0].startswith("."):
        return True
    word = LAST_WORD.search(text, max(0, match.start() - 12), match.start())
    return word is None or not (word[0].lower() in ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))
