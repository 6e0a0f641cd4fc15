"""A file that is not what its name says: its first bytes tell what it is, and the problem what to do."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from kit.problem import Problem
from rag.loaders import load


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return held.getvalue()


def tarred(name: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "is a PDF.*Rename it to .pdf"),
        (rb"{\rtf1\ansi The key is under the mat.}", "RTF.*Save it as .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "before 2007.*Save it as .docx"),
        (zipped("[Content_Types].xml", "word/document.xml"), "is a .docx file.*Rename it to .docx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "Rename it to .xlsx"),
        (zipped("mimetype", "META-INF/container.xml"), "Rename it to .epub"),
        (zipped("notes.txt"), "archive.*Unpack it"),
        (tarred("notes.txt"), "archive.*Unpack it"),
        (gzip.compress(b"text", mtime=0), "archive"),
        (bz2.compress(b"text"), "archive"),
        (lzma.compress(b"text"), "archive"),
        (b"\x89PNG\0\1\2\3\4\5", r"picture.*\(OCR\)"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "picture"),
        (b"\x7fELF\2\1\1\0", "program"),
        (b"SQLite format 3\0\x10\0", "database"),
    ],
    ids=[
        "pdf",
        "rtf",
        "ole",
        "docx",
        "xlsx",
        "epub",
        "zip",
        "tar",
        "gz",
        "bz2",
        "xz",
        "png",
        "jpeg",
        "elf",
        "sqlite",
    ],
)
def test_another_format_under_a_texts_name_is_said_with_the_cure(
    tmp_path: Path, content: bytes, cure: str
) -> None:
    """The source of a PDF was cut into chunks."""
    for name in ("a.txt", "a.md", "a.html", "a.csv", "a.json", "a.py"):
        (tmp_path / name).write_bytes(content)

        with pytest.raises(Problem, match=cure) as problem:
            load(tmp_path / name)
        assert name in problem.value.en and name in problem.value.zh


@pytest.mark.parametrize(
    "text",
    [
        "%PDF-1.4 is how a PDF begins.",
        "GIF89a is a format of pictures.",
        "PK was short for Park.",
        "BM 4 is the last bus.",
        "MZ stands for Mark Zbikowski.",
        "ID3 tags name the song.",
    ],
)
def test_a_text_about_a_format_is_a_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")

    assert load(tmp_path / "a.txt").text == text


@pytest.mark.parametrize("blank", ["\ufeff \ufeff\n", "\u200b", " \u200b\n\n\u200e", "\u2060\n"])
def test_a_file_of_invisible_characters_holds_no_text(tmp_path: Path, blank: str) -> None:
    (tmp_path / "a.md").write_text(blank, encoding="utf-8")

    with pytest.raises(Problem, match="holds no text"):
        load(tmp_path / "a.md")
