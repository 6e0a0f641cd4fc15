"""The encoding of a text that does not tell it: the one in which the text surprises least."""

import re
from dataclasses import dataclass

from rag.loaders.encodings.likelihood import LANGUAGES, bits

# With the language that is written in each, and how many bits it is behind the most frequent ones.
ENCODINGS = {
    "gb18030": ("simplified", 0),
    "cp1252": ("western", 0),
    "big5hkscs": ("traditional", 2),
    "cp932": ("japanese", 1),
    "cp949": ("korean", 2),
    "cp1251": ("russian", 3),
    "cp1250": ("central", 3),
    "cp1254": ("turkish", 3),
    "euc_jp": ("japanese", 5),
    "cp1253": ("greek", 14),
    "cp1255": ("hebrew", 12),
    "cp1256": ("arabic", 12),
    "cp874": ("thai", 12),
    "cp1258": ("vietnamese", 6),
    "koi8_r": ("russian", 12),
    "cp866": ("russian", 12),
    "iso8859_5": ("russian", 14),
    "iso8859_2": ("central", 6),
    "cp850": ("western", 8),
    "mac_roman": ("western", 8),
}
# In these every language is written.
UNICODE = {"utf-8": 0, "utf-16-le": 1, "utf-16-be": 3}
CHOICE_OF_LANGUAGE = 3
# What says nothing has as many a byte. One letter with an accent has a little more, and is a text.
BITS_OF_BYTE = 8
MOST_ABOVE = 5
LEAST_APART = 2
# Two or three hanzi are as many syllables of Korean, or kanji: so few tell no more than what is usual.
FEW_CHARACTERS = 5
LEAST_APART_OF_FEW = 8
EAST = ("gb18030", "big5hkscs", "cp932", "cp949", "euc_jp")
BITS_OF_A_WORD_FOR_IT = 8
# A part of a large file tells as much as the whole.
SAMPLE_BYTES = 20_000
BEFORE_FOREIGN = 200
UNWRITTEN = re.compile("[\ufffd\ue000-\uf8ff]")
FOREIGN = re.compile(rb"[\x80-\xff\0]")


@dataclass(frozen=True)
class Guess:
    """An encoding; another one is `near` where the text is too short to tell them apart."""

    encoding: str
    near: str | None


def guess(data: bytes, likely: str | None = None) -> Guess | None:
    """None for what is no text; `likely` is what somebody says that it is."""
    sample = _sample(data)
    readings = {name: sample.decode(name, "replace") for name in (*UNICODE, *ENCODINGS)}
    costs = {
        name: _bits(name, text) - BITS_OF_A_WORD_FOR_IT * (name == likely) for name, text in readings.items()
    }
    best, *others = sorted(costs, key=costs.__getitem__)
    if costs[best] > BITS_OF_BYTE * len(sample) + MOST_ABOVE:
        return None
    apart = LEAST_APART_OF_FEW if best in EAST and are_few(readings[best]) else LEAST_APART
    near = [
        name
        for name in others
        if costs[name] < costs[best] + apart
        and readings[name] != readings[best]
        and not UNWRITTEN.search(readings[name])
    ]
    return Guess(best, near[0] if near else None)


def are_few(text: str) -> bool:
    return sum(not char.isascii() for char in text) <= FEW_CHARACTERS


def _bits(name: str, text: str) -> float:
    if name in UNICODE:
        return UNICODE[name] + CHOICE_OF_LANGUAGE + bits(text, LANGUAGES)
    language, behind = ENCODINGS[name]
    return behind + bits(text, [language])


def _sample(data: bytes) -> bytes:
    """From the line with the first byte that is not ASCII, or a little before it if that is long; an even place, for
    UTF-16 has two bytes a character."""
    found = FOREIGN.search(data)
    if len(data) <= SAMPLE_BYTES or not found:
        return data[:SAMPLE_BYTES]
    start = max(data.rfind(b"\n", 0, found.start()) + 1, found.start() - BEFORE_FOREIGN)
    start -= start % 2
    return data[start : start + SAMPLE_BYTES]
