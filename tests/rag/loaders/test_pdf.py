"""PDF: pages, and what is broken or no text."""

import io
from pathlib import Path
from typing import Any

import pytest
from fakes.pdf import pdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject

from kit.problem import Problem
from rag.loaders import load
from rag.loaders.pdf import recognition


@pytest.fixture(autouse=True)
def without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret."))))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "secret.pdf")

    with pytest.raises(Problem, match="is encrypted"):
        load(tmp_path / "secret.pdf")


def test_a_page_whose_letters_cannot_be_known_is_reported_and_not_indexed(tmp_path: Path) -> None:
    nonsense = r"\001\002\003\004\005\006\016" * 10
    (tmp_path / "part.pdf").write_bytes(pdf("A page that can be read.", nonsense))
    (tmp_path / "whole.pdf").write_bytes(pdf(nonsense))
    document = load(tmp_path / "part.pdf")

    assert document.text.strip() == "A page that can be read."
    assert "no readable text on page 2" in document.warnings[0].en
    with pytest.raises(Problem, match=r"whole\.pdf gives no readable text.*OCR"):
        load(tmp_path / "whole.pdf")


def picture(width: int, height: int) -> StreamObject:
    drawn = StreamObject()
    drawn.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(width),
            NameObject("/Height"): NumberObject(height),
        }
    )
    return drawn


def with_pictures(pages: dict[str, tuple[int, int]]) -> bytes:
    """Pages of these words, each with a picture of so many pixels."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*pages))))
    for page, size in zip(writer.pages, pages.values(), strict=True):
        resources: Any = page[NameObject("/Resources")]
        pictures = DictionaryObject({NameObject("/Im0"): writer._add_object(picture(*size))})
        resources[NameObject("/XObject")] = pictures
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_scan_is_called_one_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(with_pictures({"": (1, 1)}))

    with pytest.raises(Problem, match=r"scan\.pdf is a scan: 1 of its 1 pages.*OCR.*\[ocr\]"):
        load(tmp_path / "scan.pdf")


def test_pages_that_are_pictures_among_others_are_told(tmp_path: Path) -> None:
    """A scan whose pages carry the name of the scanning program was taken for a text of nothing else."""
    line = "A page with a line that is long enough to be what it says."
    pages = {line: (2000, 2000), "Scanned by CamScanner 2": (1240, 1754), "Chapter 3": (90, 90)}
    (tmp_path / "mixed.pdf").write_bytes(with_pictures(pages))
    document = load(tmp_path / "mixed.pdf")

    assert line in document.text and "Chapter 3" in document.text
    [warning] = document.warnings
    assert "mixed.pdf: no readable text on page 2 of 3" in warning.en and "[ocr]" in warning.en


def test_what_recognition_reads_is_the_text_of_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: True)
    monkeypatch.setattr(
        recognition, "read_pages", lambda _, numbers: {n: f"第 {n} 页写着押金。" for n in numbers}
    )
    (tmp_path / "a.pdf").write_bytes(
        with_pictures({"A page with a line that is long enough.": (9, 9), "": (9, 9)})
    )
    document = load(tmp_path / "a.pdf")

    assert document.warnings == []
    assert document.page_at(document.text.index("第 1 页写着押金。")) == 2


@pytest.mark.parametrize("broken", ["/Resources", "/Contents"])
def test_one_page_that_is_broken_does_not_cost_the_others(tmp_path: Path, broken: str) -> None:
    """The whole file was refused."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("First words.", "Second words.", "Third words."))))
    font = DictionaryObject({NameObject("/Font"): NumberObject(7)})
    writer.pages[1][NameObject(broken)] = font if broken == "/Resources" else NumberObject(7)
    writer.write(tmp_path / "a.pdf")
    document = load(tmp_path / "a.pdf")

    assert "First words." in document.text and "Third words." in document.text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("untitled", ""),
        ("Untitled Document 3", ""),
        ("PowerPoint Presentation", ""),
        ("无标题文档", ""),
        ("(anonymous)", ""),
        ("Microsoft Word - Fees 2026.docx", "Fees 2026"),
        ("Documents of the board", "Documents of the board"),
    ],
)
def test_what_programs_write_for_a_title_is_none(tmp_path: Path, said: str, title: str) -> None:
    """ "untitled" stood before every chunk."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("The fee is forty."))))
    writer.add_metadata({"/Title": said})
    writer.write(tmp_path / "a.pdf")

    assert load(tmp_path / "a.pdf").title == title
