"""The measures of retrieval and of answers."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

# How far down a ranking is read: the measures look at ten passages, in each of which several chunks may lie.
DEEP = 50
ARTICLES = re.compile(r"\b(a|an|the)\b")


def retrieval(ranks: Sequence[int | None]) -> dict[str, float]:
    """Means over questions; a rank counts from 1 and is None where the passage was not found."""
    found = [rank or math.inf for rank in ranks]
    top_ten = [rank for rank in found if rank <= 10]
    return {
        "recall@1": sum(rank <= 1 for rank in found) / len(found),
        "recall@5": sum(rank <= 5 for rank in found) / len(found),
        "MRR@10": sum(1 / rank for rank in top_ten) / len(found),
        # With one relevant passage the ideal gain is 1.
        "nDCG@10": sum(1 / math.log2(1 + rank) for rank in top_ten) / len(found),
    }


def exact_match(answer: str, expected: Sequence[str]) -> bool:
    return any(_plain(answer) == _plain(each) for each in expected)


def contains(answer: str, expected: Sequence[str]) -> bool:
    """Whether an expected answer stands in the answer, which is usually a sentence around it."""
    return any(_plain(each) in _plain(answer) for each in expected)


def character_f1(answer: str, expected: Sequence[str]) -> float:
    """The best overlap of characters with one of the expected answers."""
    return max((_f1(_plain(answer), _plain(each)) for each in expected), default=0.0)


def _f1(answer: str, expected: str) -> float:
    common = sum((Counter(answer) & Counter(expected)).values())
    return 2 * common / (len(answer) + len(expected)) if common else 0.0


def _plain(text: str) -> str:
    """Without case, width, English articles, punctuation and spaces."""
    text = ARTICLES.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in text if unicodedata.category(char)[0] in "LN")
