"""The bytes of a text file into text, whatever wrote them."""

import codecs
import re

import charset_normalizer

from kit.problem import Problem
from rag.loaders.guess import east_asian, single_byte, utf_16

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Whole characters for each bad byte that make it UTF-8 with a fault, and not another encoding; and where it is none of
# East Asia's either.
LEAST_GOOD_PER_BAD = 5
LEAST_GOOD_OTHERWISE = 1
MOST_CONTROL = 0.05
MOST_BROKEN = 0.1
# Line ends, tabs and page breaks stand in texts, the other control characters in what is none.
CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f]")
COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# A picture inside a text is thousands of letters that say nothing; files wrap them at 60 to 76.
BASE64 = re.compile(
    r"(data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,(?=[A-Za-z0-9+/=_\n-]{64})"
    r"|(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{1000})(?=[^a-z]{0,99}[a-z])(?=[^A-Z]{0,99}[A-Z])(?=[^0-9]{0,99}[0-9]))"
    r"[A-Za-z0-9+/_-]*\n?(?:[A-Za-z0-9+/_-]{60,}\n?)*(?:[A-Za-z0-9+/_-]*=+)?"
)
HIGH_PAIR = re.compile(rb"[\x80-\xff]{2}")
# What pages call their encoding, and what browsers read by these names.
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}


def decode(
    data: bytes, source: str, encoding: str | None = None, declared: str | None = None
) -> tuple[str, list[Problem]]:
    """The text with every line end as a single newline, and what had to be repaired.

    `encoding` is the one to use instead of a guess, `declared` what the file says, which is not always true. Raises
    `Problem` for what is no text.
    """
    text = _decoded(data, source, encoding, declared)
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
    # Programs that crash leave zero bytes behind, however many.
    text = COLOURS.sub("", text.removeprefix("\ufeff").replace("\0", ""))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _acting(text) > max(1, MOST_CONTROL * len(text)):
        raise Problem(f"{source} is a binary file, not text.", f"{source} 是二进制文件，不是文本。")
    return BASE64.sub(r"\1…", text), warnings


def _acting(text: str) -> int:
    return len(CONTROL.findall(text))


def _decoded(data: bytes, source: str, encoding: str | None, declared: str | None) -> str:
    if encoding:
        return data.decode(encoding, "replace")
    for bom, name in BOMS.items():
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace")
    try:
        text = data.decode("utf-8")
        if _acting(text) + text.count("\0") <= MOST_CONTROL * len(text):
            return text
    except UnicodeDecodeError:
        text = ""
    if wide := utf_16(data):
        return wide
    if text:
        return text
    if declared and (said := _as_declared(data, declared)):
        return said
    repaired = data.decode("utf-8", "replace")
    bad = repaired.count("\ufffd")
    good = sum(not char.isascii() and char != "\ufffd" for char in repaired)
    if good >= LEAST_GOOD_PER_BAD * bad:
        return repaired
    # In Chinese no byte of a character stands alone between letters.
    if not HIGH_PAIR.search(data) and (western := single_byte(data, "cp1252")):
        return western
    if chinese := east_asian(data, 0) or east_asian(data, MOST_BROKEN):
        return chinese
    if good >= LEAST_GOOD_OTHERWISE * bad:
        return repaired
    if alphabetic := single_byte(data, "cp1252") or single_byte(data, "cp1251"):
        return alphabetic
    best = charset_normalizer.from_bytes(data).best()
    if best is None:
        raise Problem(
            f"{source} is not text, or in an unknown encoding. Save it as UTF-8, or name its encoding:"
            " `python -m rag ingest FILE --encoding gb18030`.",
            f"{source} 不是文本，或编码无法识别。请另存为 UTF-8，或指定编码："
            "`python -m rag ingest 文件 --encoding gb18030`。",
        )
    return str(best)


def _as_declared(data: bytes, declared: str) -> str | None:
    name = WIDER.get(declared.lower(), declared.lower())
    # Any bytes are a text in the one; who could read a declaration of the other in it does not have it.
    if name == "cp1252" or name.startswith(("utf-16", "utf-32")):
        return single_byte(data, "cp1252")
    try:
        return data.decode(name)
    except (LookupError, UnicodeError):
        return None
