"""Encodings told by the characters that come out."""

import codecs
import re
import unicodedata
from collections.abc import Callable

LEAST_KNOWN = 0.7
LEAST_HANGUL = 6
LEAST_KANA = 0.2
JAPANESE = ("cp932", "euc_jp")
MOST_CONTROL = 0.05
# The letters and signs that a text in these encodings has beside ASCII; short ones tell detectors too little.
SINGLE_BYTE = {
    "cp1252": re.compile("[\0-\x7fàáâãäåæçèéêëìíîïñòóôõöøùúûüýœßÀ-ÖØ-ÜŒ€„…‘’“”•–—™¡£§©«®°±²³µ·»¼½¾¿×]*"),
    "cp1251": re.compile("[\0-\x7fА-яЁё…‘’“”–—«»№]*"),
}
# A capital inside a word, two alphabets in one, or no end of it.
NO_WORD = re.compile(r"[a-zß-öø-ÿа-яё][À-ÖØ-ÝА-ЯЁ]|[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]|[^\W\d]{40}")
MOST_ACCENTS = 0.4
LETTER = re.compile(rb"[A-Za-z]")
MOST_LETTERS = 0.6


def utf_16(data: bytes) -> str | None:
    """UTF-16 without its mark."""
    return _utf_16_by_letters(data) or _utf_16_by_zeros(data)


def _utf_16_by_zeros(data: bytes) -> str | None:
    """UTF-16 without its mark shows by the zero bytes of spaces, digits and line ends, all on one side."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if min(even, odd) > max(even, odd) / 10 or max(even, odd) * 20 < len(data):
        return None
    whole = data[: len(data) // 2 * 2]
    text = whole.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    known = sum(
        unicodedata.category(char) not in ("Cc", "Cn", "Co", "Cs") or char in "\r\n\t" for char in text
    )
    return text if known > (1 - MOST_CONTROL) * len(text) and "\ufffd" not in text[:-1] else None


def _utf_16_by_letters(data: bytes) -> str | None:
    """Likewise where there are few zero bytes or none: by the common characters of Chinese, by kana, and by Greek and
    Cyrillic."""
    simplified, traditional = COMMON["gb18030"], COMMON["big5"]
    # Two letters of a Western word are a character too.
    is_western = len(LETTER.findall(data)) > MOST_LETTERS * len(data)
    for name in ("utf-16-le", "utf-16-be"):
        text = data[: len(data) // 2 * 2].decode(name, "replace")
        known = sum(
            char != "\0"
            and (
                char.isascii()
                or simplified(char)
                or (traditional(char) and not is_western)
                or _is_kana(char)
                or "\u0370" <= char <= "\u052f"
            )
            for char in text
        )
        if text and known >= 0.9 * len(text):
            return text
    return None


def east_asian(data: bytes, most_broken: float) -> str | None:
    """The text in the encoding of East Asia in which most of it is common characters; charset detectors take short
    Chinese for Korean. With at most so large a part of its characters broken."""
    best, most = None, LEAST_KNOWN - 1e-9
    is_japanese = False
    for name, is_common in COMMON.items():
        # A file may be cut off inside its last character.
        decoder = codecs.getincrementaldecoder(name)("replace" if most_broken else "strict")
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError:
            continue
        foreign = [char for char in text if not char.isascii()]
        if not foreign or text.count("\ufffd") > most_broken * len(foreign):
            continue
        known = sum(char != "\ufffd" and is_common(char) for char in foreign) / len(foreign)
        if name in JAPANESE and sum(map(_is_kana, foreign)) < LEAST_KANA * len(foreign):
            continue
        letters = sum(map(str.isalpha, foreign))
        # In six letters of Chinese one at least is spelt later than "k" nearly always, and no Korean syllable is stored
        # there; and Korean has spaces between its words.
        is_korean = name == "cp949" and known == 1 and letters >= LEAST_HANGUL and " " in text.strip()
        if known > most or (is_korean and not is_japanese):
            best, most = text, known
            is_japanese = name in JAPANESE
    return best


def single_byte(data: bytes, name: str) -> str | None:
    """The text in this encoding, if it consists of words then."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return None
    letters = [char for char in text if char.isalpha()]
    accents = sum(not char.isascii() for char in letters)
    is_right = accents <= MOST_ACCENTS * len(letters) if name == "cp1252" else not text.isupper()
    return text if is_right and SINGLE_BYTE[name].fullmatch(text) and not NO_WORD.search(text) else None


def _stored_between(encoding: str, first: int, last: int) -> Callable[[str], bool]:
    """Whether the encoding stores a character in its rows of common ones, or as punctuation."""

    def is_common(char: str) -> bool:
        try:
            stored = char.encode(encoding)
        except UnicodeEncodeError:
            return False
        # Signs and numbers such as ① and Ⅲ, and the letters of formulas.
        return (
            first <= stored[0] <= last
            or unicodedata.category(char)[0] in "NPSZ"
            or "\u0391" <= char <= "\u03c9"
        )

    return is_common


def _is_kana(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff"


def _is_japanese(char: str) -> bool:
    return _is_kana(char) or unicodedata.category(char)[0] in "PSZ" or _is_common_kanji(char)


def _is_common_kanji(char: str) -> bool:
    return _stored_between("euc_jp", 0xB0, 0xCF)(char)


def _is_hangul(char: str) -> bool:
    """Of the syllables of KS X 1001: the thousands that cp949 adds are rare, but not in Chinese read as Korean."""
    is_syllable = "\uac00" <= char <= "\ud7a3" and char.encode("cp949")[1] >= 0xA1
    return is_syllable or unicodedata.category(char)[0] in "PSZ"


# In the order in which they win where several fit: the first two tables of each put common characters first.
COMMON: dict[str, Callable[[str], bool]] = {
    "cp932": _is_japanese,
    "euc_jp": _is_japanese,
    "gb18030": _stored_between("gb2312", 0xB0, 0xD7),
    "big5": _stored_between("big5", 0xA4, 0xC6),
    "cp949": _is_hangul,
}
