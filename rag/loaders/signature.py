"""What a file really is, by its first bytes: formats that come under the name of another."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kit.problem import Problem


@dataclass(frozen=True)
class Signature:
    """How files of a kind begin, what it is called, and what to do with one that is called otherwise."""

    begin: re.Pattern[bytes]
    kind: tuple[str, str]
    cure: tuple[str, str]


def _renamed(suffix: str) -> tuple[str, str]:
    return f"Rename it to {suffix}", f"请把扩展名改为 {suffix}"


def _signature(begin: bytes, kind: tuple[str, str], cure: tuple[str, str]) -> Signature:
    return Signature(re.compile(begin, re.DOTALL), kind, cure)


UNPACK = "Unpack it", "请解压后再导入"
RECOGNIZE = "Make a PDF of it with text recognition (OCR)", "请用文字识别（OCR）转为 PDF"
LEAVE_OUT = "Take it out of the folder, or export its text", "请把它移出文件夹，或导出其中的文字"
# As many bytes as the longest needs: that of tar stands behind its first name.
FIRST_BYTES = 512
# Each goes on as no text does, for a text may well be about GIF89a.
SIGNATURES = [
    _signature(rb"(?:\xef\xbb\xbf)?\s*%PDF-\d\.\d\s*[\r\n]", ("a PDF", "PDF 文件"), _renamed(".pdf")),
    _signature(rb"\{\\rtf\d", ("in Rich Text Format (RTF)", "RTF 文件"),
               ("Save it as .docx in Word, WPS or LibreOffice", "请用 Word、WPS 或 LibreOffice 另存为 .docx")),
    _signature(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("in the format of Office before 2007", "Office 2007 之前的格式"),
               ("Save it as .docx, .xlsx or .pptx", "请另存为 .docx、.xlsx 或 .pptx")),
    _signature(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a.{0,9}[\0-\x08]|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP"
               rb"|.{4}ftyp(?:avif|hei[cx]|mif1)|\0\0\x01\0[^\0]\0", ("a picture", "图片"), RECOGNIZE),
    _signature(rb"PK(?:\x03\x04|\x05\x06)|\x1f\x8b\x08|BZh\d1AY&SY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x28\xb5\x2f\xfd"
               rb"|.{257}ustar[\0 ]", ("an archive", "压缩包"), UNPACK),
    _signature(rb"\x7fELF|MZ.{0,99}\0\0|\xca\xfe\xba\xbe\0|[\xce\xcf]\xfa\xed\xfe|\0asm|SQLite format 3\0"
               rb"|PAR1[\0-\x1f]|ID3[\x02-\x04]\0|OggS\0|fLaC\0|RIFF.{4}(?:WAVE|AVI )|\0\0\0.ftyp|\x1aE\xdf\xa3"
               rb"|wOF[F2]\0|\0\x01\0\0\0|OTTO\0",
               ("a program, a recording or a database", "程序、音视频或数据库"), LEAVE_OUT),
]  # fmt: skip
# What the archives are that have such a file inside.
INSIDE = {"word/": ".docx", "xl/": ".xlsx", "ppt/": ".pptx", "META-INF/container.xml": ".epub"}


def other_format(path: Path, name: str) -> Problem | None:
    """Why a file that is called a text is none."""
    with path.open("rb") as file:
        first = file.read(FIRST_BYTES)
    found = next((each for each in SIGNATURES if each.begin.match(first)), None)
    if found is None:
        return None
    (english, chinese), (cure, advice) = found.kind, found.cure
    if found.cure is UNPACK and (suffix := next(_suffixes(path), None)):
        (english, chinese), (cure, advice) = (f"a {suffix} file", f"{suffix} 文件"), _renamed(suffix)
    return Problem(
        f"{name} is {english}, whatever its name says. {cure}.",
        f"{name} 的内容是：{chinese}，与扩展名不符。{advice}。",
    )


def _suffixes(path: Path) -> Iterator[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        yield from (
            suffix for inside, suffix in INSIDE.items() if any(name.startswith(inside) for name in names)
        )
