"""Halves of characters: UTF-16 stores most emoji as two, and files may hold one without the other."""

import re
from bisect import bisect_right
from collections.abc import Callable

HALF = re.compile("[\ud800-\udfff]")
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def whole(text: str) -> str:
    """Two halves as the character that they are, one alone as U+FFFD: nothing can store or send a half."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if HALF.search(text) else text


def place_in_whole(text: str) -> Callable[[int], int]:
    """What says where a place of `text` lies in `whole(text)`."""
    ends = [pair.end() for pair in PAIR.finditer(text)]
    return lambda place: place - bisect_right(ends, place)
