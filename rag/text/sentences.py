"""Where text may be cut, from the best place to the last resort, and how long it is in tokens."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from kit.language import CJK, CJK_CHARACTER

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
# What the same tokenizer makes of everything else than Chinese: a token each, and prose has fewer of them.
# Each piece by itself, so that a text never has more of them than its parts have together.
PIECE = re.compile(
    rf"""[A-Z]?[a-z\u00df-\u024f]{{1,5}} | [A-Z]{{1,2}} | \d{{1,2}} | [\t\n]
    | ([-=*.\#~!])\1{{0,2}} | (?=\|) | \|          # rules and dots; the bar of a table is two
    | [\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]  # scripts without spaces between words
    | (?![{CJK}])[^\W\d_]{{1,2}} | (?![{CJK}])(?:[^\w\s]|_)""",
    re.VERBOSE,
)
# As many of them stand beside a character of Chinese prose, which has paid for them.
PIECES_PER_CJK_CHARACTER = 0.15
TOKENS_OF_DEAREST_CHARACTER = 2  # a bar


def estimate_tokens(text: str) -> float:
    cjk = len(CJK_CHARACTER.findall(text))
    prose = (len(text) - cjk) * TOKENS_PER_OTHER_CHARACTER
    pieces = sum(1 for _ in PIECE.finditer(text)) - cjk * PIECES_PER_CJK_CHARACTER
    return cjk * TOKENS_PER_CJK_CHARACTER + max(prose, pieces)


def fits(text: str, budget: float) -> bool:
    """Whether a text has so many tokens or fewer; of a long one that is clear without counting."""
    return len(text) * TOKENS_PER_OTHER_CHARACTER <= budget and estimate_tokens(text) <= budget


def shorten(text: str, budget: float) -> str:
    """The beginning of a text that is longer than the budget, with an ellipsis."""
    if fits(text, budget):
        return text
    head = text[: max(0, int(budget / TOKENS_PER_OTHER_CHARACTER))]
    while head and (over := estimate_tokens(head + "…") - budget) > 0:
        head = head[: -max(1, int(over / TOKENS_OF_DEAREST_CHARACTER))]
    return head.rstrip() + "…" if head else ""


def split_to_fit(
    text: str, start: int, end: int, budget: float, ends: tuple[re.Pattern[str], ...]
) -> list[tuple[int, int]]:
    """Cut `start` to `end` after the first of `ends`, and what is still too long after the next."""
    if fits(text[start:end], budget):
        return [(start, end)]
    if not ends:
        # One endless word: every character counts as the dearest does.
        step = max(1, int(budget / TOKENS_OF_DEAREST_CHARACTER))
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
    for number, size in enumerate(sizes):
        if number > first and (filled + size > budget or filled + size / 2 > fair_share):
            packs.append((first, number - 1))
            first, filled = number, 0.0
        filled += size
    return [*packs, (first, len(sizes) - 1)] if sizes else []


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Whether the period after "Dr." or "J." is not the end of a sentence."""
    if match.re is not SENTENCE_END or not match[0].startswith("."):
        return True
    word = LAST_WORD.search(text, max(0, match.start() - 12), match.start())
    return word is None or not (word[0].lower() in ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))
