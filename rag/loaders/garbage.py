"""Text that is none: what comes out of fonts and files whose letters cannot be known."""

import re
import unicodedata
from collections import Counter

from kit.problem import Problem

# Of drawn text without a mistake; an icon or a broken letter here and there does no harm.
MOST_NONSENSE = 0.05
# Of written text, whose broken bytes are told already.
MOST_NONSENSE_WRITTEN = 0.1
# Chinese that was read as Latin-1 consists of accents side by side, and what was written in too small an encoding of
# question marks. In forms a square stands by itself, and no language has words of accents.
UNLIKELY = re.compile("[\u00a1-\u00ff]{2,}|[?]{3,}|[\u25a0\u25a1]{3,}")
MOST_UNLIKELY = 0.3
LEAST_CHARACTERS = 20
# Characters that fonts without names for them number, and what replaced characters are in GBK.
NUMBERED = re.compile(r"(?:\(cid:\d+\))+|(?:锟斤拷)+")
# Names of glyphs where letters should be: "/g12". Who writes so writes addresses.
GLYPHS = re.compile(r"(?:/(?:g|gid|cid|glyph|uni|index|c|G|C)\d+){2,}")
HANZI = re.compile("[\u2e80-\u9fff\uac00-\ud7a3]+")
SAMPLE = 2_000
# Chinese in GBK keeps the rules of UTF-8 for a word or two, never for lines.
LEAST_HANZI, MOST_UTF_8 = 6, 0.7


def is_garbage(text: str, written: bool = False) -> bool:
    """Whether more than a few of its characters are control characters, private ones, unknown, or names of glyphs; of a
    short text, more than half of them. `written` is what somebody wrote, not what was drawn with fonts."""
    whole = "".join(text.split())
    kinds = Counter("Cn" if char == "\ufffd" else unicodedata.category(char) for char in whole)
    nonsense = sum(kinds[kind] for kind in ("Cc", "Cn", "Cs"))
    # Somebody may list the icons of a font, with a word for each.
    if not written or 2 * kinds["Co"] > len(whole):
        nonsense += kinds["Co"]
    for names in (NUMBERED,) if written else (NUMBERED, GLYPHS):
        nonsense += sum(map(len, names.findall(whole)))
    if len(whole) < LEAST_CHARACTERS:
        return 2 * nonsense > len(whole) or _is_utf_8_read_as_gbk(whole)
    most = MOST_NONSENSE_WRITTEN if written else MOST_NONSENSE
    unlikely = sum(map(len, UNLIKELY.findall(whole)))
    return (
        nonsense > most * len(whole) or unlikely > MOST_UNLIKELY * len(whole) or _is_utf_8_read_as_gbk(whole)
    )


def _is_utf_8_read_as_gbk(text: str) -> bool:
    """Whether what it was read from is UTF-8; a letter in a few was lost on the way."""
    hanzi = "".join(HANZI.findall(text[:SAMPLE]))
    if len(hanzi) < LEAST_HANZI:
        return False
    data = hanzi.encode("gbk", "ignore")
    meant = data.decode("utf-8", "ignore")
    return len(meant.encode()) > MOST_UTF_8 * len(data) and bool(HANZI.search(meant))


def garbage(source: str) -> Problem:
    return Problem(
        f"{source} gives no readable text: its letters are stored without saying which they are, or in another"
        " encoding. Run text recognition (OCR) over a PDF; for a text, name the encoding with --encoding.",
        f"{source} 读不出可用的文字：文件没有说明字符编码，或编码不对。PDF 请做文字识别（OCR）；"
        "文本文件请用 --encoding 指定编码。",
    )
