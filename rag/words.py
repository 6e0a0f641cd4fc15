"""Text into the words that BM25 counts."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

from rag.sentences import CJK

TOKENIZER_VERSION = 1

RUN = re.compile(rf"(?P<cjk>[{CJK}](?:\s*[{CJK}])*)|(?:(?![{CJK}])[^\W_])+")

# Rare in documents, so BM25 would think them telling, but they only say that a question is asked.
ENGLISH_QUESTION_WORDS = (
    "a an and are as at be been by did do does for from had has have how in is it its kind many much name of on or"
    " sort that the this to type was were what when where which who whom whose why with"
)
CHINESE_QUESTION_WORDS = (
    "什么 多少 哪里 哪些 哪个 哪种 哪年 哪一 何时 为何 如何 怎么 怎样 谁是 是谁 是什 么是 为什 几个 有多 少个 一个"
    " 的是 是哪 在哪 了什 了多 的什 些是"
)
QUESTION_WORDS = frozenset(ENGLISH_QUESTION_WORDS.split() + CHINESE_QUESTION_WORDS.split())


def words(text: str) -> list[str]:
    """Lower-case words, and the overlapping pairs of neighbours in a run of Chinese characters.

    Full-width and half-width forms are one (NFKC), so are simplified and traditional ones, and a line break
    inside a Chinese word is none.
    """
    plain = _to_simplified().convert(unicodedata.normalize("NFKC", text).casefold())
    found: list[str] = []
    for run in RUN.finditer(plain):
        found += _pairs("".join(run["cjk"].split())) if run["cjk"] else [run[0]]
    return found


def question_words(question: str) -> list[str]:
    """Each word of a question once, without those that every question has."""
    all_words = list(dict.fromkeys(words(question)))
    return [word for word in all_words if word not in QUESTION_WORDS] or all_words


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")
