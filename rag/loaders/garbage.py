"""Text that is none: what comes out of fonts and files whose letters cannot be known."""

import re
import unicodedata

from kit.problem import Problem

# Text without a mistake has none of these; an icon or a broken byte here and there does no harm.
MOST_NONSENSE = 0.05
# Chinese that was read as Latin-1 consists of accents, and what was written in too small an encoding of question marks;
# of the languages with accents none has one in five letters.
UNLIKELY = re.compile("[\u00a1-\u00ff?\u25a0\u25a1]")
MOST_UNLIKELY = 0.3
LEAST_CHARACTERS = 20
# Names of glyphs where letters should be: "/g12", "(cid:36)"; and what replaced characters are in GBK.
NO_LETTERS = re.compile(r"(?:/(?:g|gid|cid|glyph|uni|index|c|G|C)\d+){2,}|(?:\(cid:\d+\))+|(?:锟斤拷)+")


def is_garbage(text: str) -> bool:
    """Whether more than a few of its characters are control characters, private ones, unknown, or names of glyphs; of a
    short text, more than half of them."""
    whole = "".join(text.split())
    nonsense = sum(
        char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") for char in whole
    )
    nonsense += sum(len(names) for names in NO_LETTERS.findall(whole))
    if len(whole) < LEAST_CHARACTERS:
        return 2 * nonsense > len(whole)
    return nonsense > MOST_NONSENSE * len(whole) or len(UNLIKELY.findall(whole)) > MOST_UNLIKELY * len(whole)


def garbage(source: str) -> Problem:
    return Problem(
        f"{source} gives no readable text: its letters are stored without saying which they are, or in another"
        " encoding. Run text recognition (OCR) over a PDF; for a text, name the encoding with --encoding.",
        f"{source} 读不出可用的文字：文件没有说明字符编码，或编码不对。PDF 请做文字识别（OCR）；"
        "文本文件请用 --encoding 指定编码。",
    )
