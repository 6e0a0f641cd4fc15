"""Text into the words that BM25 counts."""

import re
import unicodedata
from collections.abc import Collection, Set
from functools import cache

from opencc import OpenCC

from kit.language import CJK

TOKENIZER_VERSION = 1

RUN = re.compile(rf"(?P<cjk>[{CJK}](?:\s*[{CJK}])*)|(?:(?![{CJK}])[^\W_])+")

# Rare in documents, so BM25 would think them telling, but they only say that a question is asked.
ENGLISH_STOP_WORDS = (
    "a an and are as at be been by did do does for from had has have how in is it its kind many much name of on or"
    " sort that the this to type was were what when where which who whom whose why with"
)
STOP_WORDS = frozenset(ENGLISH_STOP_WORDS.split())
# In Chinese no space parts them from the telling words, and pairs across the seam would stand in no document.
STOP_PHRASES = re.compile(
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


def content_words(text: str) -> list[str]:
    """Each word once, without those that say no more than that a question is asked; all words, if that leaves none."""
    return telling_words(text) or list(dict.fromkeys(words(text)))


def telling_words(text: str) -> list[str]:
    """Likewise; none, if the text says no more than that a question is asked."""
    telling = words(STOP_PHRASES.sub("。", _to_simplified().convert(text)))
    return [word for word in dict.fromkeys(telling) if word not in STOP_WORDS]


def share_of(wanted: Collection[str], held: Set[str]) -> float:
    """The part of the wanted words that are held, 0 to 1; of no words it is 0."""
    return sum(word in held for word in wanted) / max(1, len(wanted))


def overlap(wanted: Collection[str], held: Set[str]) -> float:
    """Likewise, where one of two English words may be the other's plural."""
    found = sum(word in held or word + "s" in held or word.removesuffix("s") in held for word in wanted)
    return found / max(1, len(wanted))


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")
