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
QUESTION_WORDS = frozenset(ENGLISH_QUESTION_WORDS.split())
# In Chinese no space parts them from the telling words, and pairs across the seam would stand in no document.
QUESTION_PHRASES = re.compile(
    "什么时候|是什么|什么|有多少|多少|多长时间|多长|多久|哪里|哪儿|哪些|哪个|哪种|哪一|几点|几个|何时|为何|为什么|如何"
    "|怎么样|怎么办|怎么|怎样|可以|能否|是否|有没有|是谁|谁是|吗|呢|谁"
)


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
    telling = words(QUESTION_PHRASES.sub("。", _to_simplified().convert(question)))
    return [word for word in dict.fromkeys(telling) if word not in QUESTION_WORDS] or list(
        dict.fromkeys(words(question))
    )


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")
