"""The bytes of a text file into text, whatever wrote them."""

import codecs
import re
import unicodedata
from contextlib import suppress

from kit.problem import Problem
from rag.loaders.encodings.guess import EAST, are_few, guess
from rag.loaders.encodings.picture import without_pictures
from rag.loaders.encodings.seven_bit import decode_seven_bit
from rag.loaders.terminal import without_escapes

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Whole characters for each bad byte that make it UTF-8 with a fault, whatever its language.
LEAST_GOOD_PER_BAD = 5
TWO_BYTES = "\u07ff"  # the last character with no more of them in UTF-8
# Ã and Â in Western encodings, in UTF-8 the first bytes of every letter with an accent.
CAPITALS = (b"\xc2", b"\xc3")
# A rare letter in any encoding, if it comes alone; what devices send for nothing.
NO_BYTE = b"\xff"
MOST_CONTROL = 0.05
# Line ends, tabs and page breaks stand in texts, the other control characters in what is none.
CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f]")
# Zero bytes between words, as lists for programs have them.
BETWEEN = re.compile(r"(?<=[^\s\0])\0+(?=[^\s\0])")
# What files call their encoding, and what browsers read by these names (encoding.spec.whatwg.org).
WIDER = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-x-big5": "big5hkscs",
    "windows-949": "cp949",
    "ks_c_5601": "cp949",
}
# Python's ways to write names and strings in ASCII, which no file is in.
NOT_OF_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")


def encoding_of(label: str) -> str | None:
    """The codec that a user, a page or a server means by this name; None if it is not one of texts."""
    name = LABELS.get(label.lower(), label)
    try:
        "".encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return None if codec in NOT_OF_FILES else WIDER.get(codec, codec)


def said_encoding(data: bytes, label: str | None) -> str | None:
    """The encoding that a page or a server says, if that can be true."""
    name = encoding_of(label or "")
    # Any bytes are a text in the one, which servers say of all; who could read the others' names does not have them.
    if not name or name == "cp1252" or name.startswith(("utf-16", "utf-32")):
        return None
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return None
    return name


def decode(
    data: bytes, source: str, encoding: str | None = None, declared: str | None = None
) -> tuple[str, list[Problem]]:
    """The text with every line end as a single newline, and what had to be repaired.

    `encoding` is the one to use instead of a guess, `declared` what the file says, which is not always true. Raises
    `Problem` for what is no text.
    """
    text, near = _decoded(data, source, encoding, declared)
    warnings = []
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    if bad > 0:
        warnings.append(
            Problem(
                f"{source}: {bad} broken bytes were replaced by \ufffd. If more looks wrong, name its encoding:"
                " `python -m rag ingest FILE --encoding gb18030`.",
                f"{source}：{bad} 处损坏的字节已替换为 \ufffd。若其余文字也不对，请指定编码："
                "`python -m rag ingest 文件 --encoding gb18030`。",
            )
        )
    elif near:
        warnings.append(
            Problem(
                f"{source} is too short to be sure of its encoding: it was read as “{_begin(text)}”. If that is wrong,"
                f" name the encoding: `python -m rag ingest FILE --encoding {near}`, or save it as UTF-8.",
                f"{source} 太短，编码无法确定，读出的是“{_begin(text)}”。如果不对，请指定编码："
                f"`python -m rag ingest 文件 --encoding {near}`，或另存为 UTF-8。",
            )
        )
    # Programs that crash leave zero bytes behind, however many.
    text = BETWEEN.sub("\n", text.removeprefix("\ufeff")).replace("\0", "")
    text = without_escapes(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _acting(text) > max(1, MOST_CONTROL * len(text)):
        raise Problem(f"{source} is a binary file, not text.", f"{source} 是二进制文件，不是文本。")
    return without_pictures(text), warnings


def _utf_8_or_hanzi(data: bytes, text: str) -> tuple[str, str | None]:
    """Two hanzi in GBK keep the rules of UTF-8 now and then, and come as rare letters, most of two alphabets."""
    if text.isascii() or max(text) > TWO_BYTES or not are_few(text):
        return text, None
    found = guess(data, "utf-8")
    if found is None or found.encoding not in EAST:
        return text, None
    alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in text if not char.isascii()}
    return (text, found.encoding) if len(alphabets) == 1 else (data.decode(found.encoding), "utf-8")


def _with_faults(data: bytes) -> str | None:
    """UTF-8 that was cut off inside a character or has bad bytes; None for what may be something else."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with suppress(UnicodeDecodeError):
        text = decoder.decode(data)
        rest = decoder.getstate()[0]
        # A single letter with an accent ends many a text in an old encoding, though not one of these capitals.
        if _is_written(text) and (len(rest) > 1 or rest in CAPITALS or not text.isascii()):
            return f"{text}\ufffd"
    repaired = data.decode("utf-8", "replace")
    bad = repaired.count("\ufffd")
    foreign = sum(not char.isascii() for char in repaired) - bad
    is_repaired = 0 < LEAST_GOOD_PER_BAD * bad <= foreign or data.replace(NO_BYTE, b"").isascii()
    return repaired if is_repaired and _is_written(repaired) else None


def _is_written(text: str) -> bool:
    return _acting(text) + text.count("\0") <= MOST_CONTROL * len(text)


def _acting(text: str) -> int:
    return len(CONTROL.findall(text))


def _begin(text: str) -> str:
    return " ".join(text.split())[:20]


def _decoded(data: bytes, source: str, encoding: str | None, declared: str | None) -> tuple[str, str | None]:
    """The text, and the encoding in which it might be as well."""
    if encoding:
        return data.decode(encoding_of(encoding) or encoding, "replace"), None
    for bom, name in BOMS.items():
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace"), None
    if (text := decode_seven_bit(data)) is not None:
        return text, None
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if _is_written(text):
            return _utf_8_or_hanzi(data, text)
    if said := said_encoding(data, declared):
        return data.decode(said), None
    if text := _with_faults(data):
        return text, None
    found = guess(data, encoding_of(declared or ""))
    if found is None:
        raise Problem(
            f"{source} is a binary file, not text, or in an unknown encoding. Save it as UTF-8, or name its encoding:"
            " `python -m rag ingest FILE --encoding gb18030`.",
            f"{source} 是二进制文件而不是文本，或编码无法识别。请另存为 UTF-8，或指定编码："
            "`python -m rag ingest 文件 --encoding gb18030`。",
        )
    return data.decode(found.encoding, "replace"), found.near
