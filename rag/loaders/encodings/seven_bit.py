"""Encodings that write foreign letters with the bytes of ASCII, between marks: those of mail, ISO-2022 and HZ."""

import re
from contextlib import suppress

# What the marks say, and the codecs that know them.
MARKS = (
    (re.compile(rb"\x1b\$(?:[@B]|\(D)"), ("iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_2004")),
    (re.compile(rb"\x1b\$\)C"), ("iso2022_kr",)),
    # A tilde before a brace is also in programs, but not behind as many bytes as hanzi have there.
    (re.compile(rb"~\{(?:[!-w][!-~])+~\}"), ("hz",)),
)


def decode_seven_bit(data: bytes) -> str | None:
    """The text; None for what is in none of them, such as every text in ASCII itself."""
    if not data.isascii():
        return None
    for mark, codecs in MARKS:
        if mark.search(data):
            for codec in codecs:
                with suppress(UnicodeDecodeError):
                    return data.decode(codec)
            # Only the marks of ISO-2022 have a character that no text has: what was cut off is it all the same.
            return data.decode(codecs[0], "replace") if b"\x1b" in mark.pattern else None
    return None
