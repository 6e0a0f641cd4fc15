"""Pictures, keys and other files inside a text: thousands of letters that say nothing."""

import re

# In base64 letters of all three kinds are mixed: rows of DNA and lists of checksums are not.
MIXED = r"(?=[^a-z]{0,99}[a-z])(?=[^A-Z]{0,99}[A-Z])(?=[^0-9]{0,99}[0-9])"
ADDRESS = r"data:[\w.+/-]*(?:;[\w=.+-]+)*"
DRAWING = r"(?:%3C|<)svg(?:(?!data:)[^\n]){0,100000}?(?:%3C|<)(?:/|%2F)svg(?:%3E|>)"
WRITTEN_OUT = r"[\w%.~!*;:@&=+$,/?#-]{64,}"
# Mail and keys wrap it at 60 to 76 letters.
LINE = "[A-Za-z0-9+/]{60,76}"
# Four letters are three bytes: a word or two is no rest.
LAST = "(?:[A-Za-z0-9+/]{4}){0,18}(?:[A-Za-z0-9+/]{12}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
PICTURES = (
    re.compile(
        rf"({ADDRESS};base64,(?=[A-Za-z0-9+/=_\n-]{{64}})|(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{{1000}}){MIXED})"
        r"[A-Za-z0-9+/_-]*\n?(?:[A-Za-z0-9+/_-]{60,}\n?)*(?:[A-Za-z0-9+/_-]*=+)?"
    ),
    # An address may also write out what it holds, with signs as %3C or as they are.
    re.compile(rf"({ADDRESS},)(?:{DRAWING}|{WRITTEN_OUT})", re.IGNORECASE),
    re.compile(
        rf"(^[ \t>]*){MIXED}{LINE}(?:\n[ \t>]*{LINE}){{3,}}(?:\n[ \t>]*{LAST}$)?",
        re.MULTILINE,
    ),
)


def without_pictures(text: str) -> str:
    """The text with a mark in the place of each."""
    for picture in PICTURES:
        text = picture.sub(r"\1…", text)
    return text
