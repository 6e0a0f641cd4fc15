"""How surprising a text is in a language, in bits: what was read in the wrong encoding surprises most."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

from rag.loaders.encodings import frequent

# What is seen once among a thousand has ten bits. A byte about which nothing is known has eight: a reading with more of
# them says less than none.
BROKEN = 24
CONTROL = 20
ZEROS = 12  # however many in a row
UNKNOWN = 22
SIGN = 8.5
RARE_SIGN = 13
SIGNS = set("，。：、；！？（）《》“”‘’「」『』【】…—·～　・ー％")
LOWER, UPPER, DIGIT, SPACE, LINE_END, ASCII_SIGN = 5, 7, 6, 3, 6, 7
# What stands on keyboards and in prose, and what is printed now and then.
WESTERN_SIGNS = set("’“”–—…‘•€£§©®™°±µ·²³½¼¾«»¡¿×„\xa0№")
WESTERN_RARE = set("ðþýÿÝÐÞŠŽšžŸªº¹÷¢¥´¨†‡‹›‚ˆ˜¤¦¬¯¶¸ƒ‰\xad")
OTHERS = "\u0370-\u06ff\u0e01-\u0e4e"  # Greek to Arabic, and Thai
EAST = "\u3001-\u3020\uff01-\uff5e\u3041-\u30fe\u3400-\u9fff\uac00-\ud7a3"
# Places where signs and letters do not stand, with the bits for each; fewer for those where they do.
PLACES = [
    # A capital inside a word, two alphabets in one, accents side by side, a letter by itself.
    (re.compile(r"[a-zß-öø-ÿа-яёα-ω][A-ZÀ-ÖØ-ÝА-ЯЁΑ-Ω]"), 6),
    (re.compile(rf"[A-Za-z](?=[{OTHERS}])|[{OTHERS}](?=[A-Za-z])"), 8),
    (re.compile(r"[À-ÖØ-öø-ÿ](?=[À-ÖØ-öø-ÿ])"), 3),
    (re.compile(r"(?<![^\W\d_])[À-ÖØ-öø-ÿĀ-ž](?![^\W\d_])"), 3),
    (re.compile(rf"(?<![^\W\d_])[{OTHERS}](?![^\W\d_])"), 6),
    (re.compile(r"[±×½¼¾§©®»](?=[^\W\d_])|(?<=[^\W\d_])[±½¼¾§©¡¿£¥¤«]|[²³](?=\w)|(?<![\w)])[²³]"), 6),
    (re.compile(r"°(?![CFKNSEWO]\b)(?=[^\W\d_])|[¡¿](?![\w¡¿])|(?<=[^\W\d_])°"), 6),
    (re.compile(r"°[CF]\b|\bµ[a-zA-Z]\b|[¡¿][A-Z]|«\s?[A-ZÀ-Þ]|[$§] (?=\d)|\d ?[±×€]"), -5),
    (re.compile(rf"[a-z](?=[{EAST}])|[{EAST}](?=[a-z])"), 5),
    (re.compile(rf"[A-Z](?=[{EAST}])|[{EAST}](?=[A-Z])"), 3),
    (re.compile(r"(?<![\uff61-\uff9f])[\uff61-\uff9f]{1,2}(?![\uff61-\uff9f])"), 8),
]
ZERO_RUN = re.compile("\0+")


def bits(text: str, languages: Iterable[str]) -> float:
    """Of the whole text, in that one of `LANGUAGES` which it fits best."""
    whole, zeros = ZERO_RUN.subn("", text)
    placed = sum(cost * len(pattern.findall(whole)) for pattern, cost in PLACES)
    counts = Counter(whole).items()
    spelt = (sum(count * _bits_of(char, LANGUAGES[name]) for char, count in counts) for name in languages)
    return min(spelt) + placed + zeros * ZEROS


def _bits_of(char: str, of: Callable[[str], float]) -> float:
    if char == "\ufffd":
        return BROKEN
    if not char.isascii():
        return of(char)
    if char.isalpha():
        return LOWER if char.islower() else UPPER
    if char in " \n\r\t":
        return SPACE if char == " " else LINE_END
    if char < " " or char == "\x7f":
        return CONTROL
    return DIGIT if char.isdigit() else ASCII_SIGN


def _stored_in(char: str, encoding: str, first: int, last: int) -> bool:
    try:
        stored = char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(stored) == 2 and first <= stored[0] <= last


def _is_hanzi(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u30fe"


def _other(char: str) -> float:
    """What every language of East Asia has: signs, units such as ㎡, numbers such as ① and Ⅲ, letters of formulas."""
    if char in SIGNS:
        return SIGN
    if char == "￥":  # in every list of prices
        return 10
    if "\uff01" <= char <= "\uff5e":
        return 11
    if (
        "\u0391" <= char <= "\u03c9"
        or "\u2010" <= char <= "\u2642"
        or "\u3000" <= char <= "\u3020"
        or "\u3200" <= char <= "\u33ff"
        or "\uffe0" <= char <= "\uffe6"
        or char in "°±×÷§¥"
    ):
        return RARE_SIGN
    return CONTROL if "\x80" <= char <= "\x9f" else UNKNOWN


def _chinese(most: str, more: str, others: str, encoding: str) -> Callable[[str], float]:
    cost = {**dict.fromkeys(others, 13), **dict.fromkeys(more, 11.5), **dict.fromkeys(most, 9.5)}

    def of(char: str) -> float:
        if char in cost:
            return cost[char]
        if not _is_hanzi(char):
            return 18 if _is_kana(char) else _other(char)
        # The first tables of each put common characters first.
        if _stored_in(char, encoding, *COMMON_ROWS[encoding]):
            return 14.5
        return 18 if _stored_in(char, "big5", *COMMON_ROWS["big5"]) else UNKNOWN

    return of


def _japanese(char: str) -> float:
    if char in KANA:
        return KANA[char]
    if _is_kana(char):
        return 9
    if char in KANJI:
        return KANJI[char]
    if _is_hanzi(char):
        return 14.5 if _stored_in(char, "euc_jp", *COMMON_ROWS["euc_jp"]) else 19
    return 8 if "\uff61" <= char <= "\uff9f" else _other(char)


def _korean(char: str) -> float:
    if char in HANGUL:
        return 8.5
    if "\uac00" <= char <= "\ud7a3":
        return 14.5 if _stored_in(char, "euc_kr", *COMMON_ROWS["euc_kr"]) else UNKNOWN
    return 19 if _is_hanzi(char) else _other(char)


def _alphabet(letters: str, first: float, last: float) -> Callable[[str], float]:
    """From its most frequent letter to its rarest; capitals, which begin words, are rarer."""
    cost = {letter: first + (last - first) * rank / len(letters) for rank, letter in enumerate(letters)}

    def of(char: str) -> float:
        if char in cost:
            return cost[char]
        if char.lower() in cost:
            return cost[char.lower()] + 2
        if char in WESTERN_SIGNS:
            return 10
        return 14 if char in WESTERN_RARE else CONTROL if "\x80" <= char <= "\x9f" else UNKNOWN

    return of


COMMON_ROWS = {"gb2312": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "euc_jp": (0xB0, 0xCF), "euc_kr": (0xB0, 0xC8)}
KANA = {char: 5.5 + 5 * rank / len(frequent.HIRAGANA) for rank, char in enumerate(frequent.HIRAGANA)}
KANJI = {**dict.fromkeys(frequent.KANJI_NEXT, 12), **dict.fromkeys(frequent.KANJI, 10.5)}
HANGUL = set(frequent.HANGUL)
SIMPLIFIED = (frequent.SIMPLIFIED, frequent.SIMPLIFIED_NEXT)
TRADITIONAL = (frequent.TRADITIONAL, frequent.TRADITIONAL_NEXT)
LANGUAGES: dict[str, Callable[[str], float]] = {
    name: cache(of)
    for name, of in {
        "simplified": _chinese(*SIMPLIFIED, "".join(TRADITIONAL), "gb2312"),
        "traditional": _chinese(*TRADITIONAL, "", "big5"),
        "japanese": _japanese,
        "korean": _korean,
        "western": _alphabet(frequent.WESTERN, 8, 10.5),
        "central": _alphabet(frequent.CENTRAL, 9, 12),
        "turkish": _alphabet(frequent.TURKISH, 7, 9.5),
        "vietnamese": _alphabet(frequent.VIETNAMESE, 7, 11),
        "russian": _alphabet(frequent.RUSSIAN, 3, 10),
        "greek": _alphabet(frequent.GREEK, 3, 10),
        "hebrew": _alphabet(frequent.HEBREW, 3, 9),
        "arabic": _alphabet(frequent.ARABIC, 3, 10),
        "thai": _alphabet(frequent.THAI, 4, 9),
    }.items()
}
