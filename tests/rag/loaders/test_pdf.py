"""PDF: pages, outlines, forms, and what is broken or no text."""

import io
from pathlib import Path
from typing import Any

import pytest
from fakes.pdf import outlined, pdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    Fit,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from kit.problem import Problem
from rag.loaders import load
from rag.loaders.pdf import recognition
from rag.text.chunker import chunk


@pytest.fixture(autouse=True)
def without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)


def test_pdf_keeps_pages_and_takes_headings_from_the_outline(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("The first page.", "The second page.", outline="Part two"))
    document = load(tmp_path / "a.pdf")
    last = chunk(document)[-1]

    assert document.page_at(document.text.index("first")) == 1
    assert (last.text.strip(), last.page, last.heading) == ("The second page.", 2, "Part two")


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret."))))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "secret.pdf")

    with pytest.raises(Problem, match="is encrypted"):
        load(tmp_path / "secret.pdf")


def test_every_page_of_an_outline_is_a_section_of_its_own(tmp_path: Path) -> None:
    """30 pages that ran on without a full stop were all "Section 0", and one chunk repeated the document."""
    pages = [f"part {n} runs on and on " * 30 for n in range(30)]
    (tmp_path / "a.pdf").write_bytes(outlined(pages, [(f"Section {n}", n) for n in range(30)]))
    document = load(tmp_path / "a.pdf")
    chunks = chunk(document)

    assert "".join(each.text for each in chunks) == document.text
    assert all(each.heading == f"Section {(each.page or 0) - 1}" for each in chunks)


def test_headings_of_one_page_stand_where_their_words_do(tmp_path: Path) -> None:
    text = "Preface words. Alpha: it is one. Beta: it is two."
    (tmp_path / "a.pdf").write_bytes(outlined([text], [("Alpha", 0), ("Beta", 0)]))
    parts = {each.heading: each.text.strip() for each in chunk(load(tmp_path / "a.pdf"))}

    assert parts == {"": "Preface words.", "Alpha": "Alpha: it is one.", "Beta": "Beta: it is two."}


def test_a_page_whose_letters_cannot_be_known_is_reported_and_not_indexed(tmp_path: Path) -> None:
    nonsense = r"\001\002\003\004\005\006\016" * 10
    (tmp_path / "part.pdf").write_bytes(pdf("A page that can be read.", nonsense))
    (tmp_path / "whole.pdf").write_bytes(pdf(nonsense))
    document = load(tmp_path / "part.pdf")

    assert document.text.strip() == "A page that can be read."
    assert "no readable text on page 2" in document.warnings[0].en
    with pytest.raises(Problem, match=r"whole\.pdf gives no readable text.*OCR"):
        load(tmp_path / "whole.pdf")


def test_what_a_pdf_form_was_filled_with_is_text(tmp_path: Path) -> None:
    """The values of form fields are no part of the page: they were lost."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Order form."))))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("Colour"),
            NameObject("/V"): TextStringObject("turquoise"),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer._root_object[NameObject("/AcroForm")] = form
    writer.write(tmp_path / "a.pdf")

    assert "Colour: turquoise" in load(tmp_path / "a.pdf").text


@pytest.mark.parametrize("height", [600, 500])
def test_a_heading_that_the_page_spells_otherwise_stands_at_its_height(tmp_path: Path, height: int) -> None:
    lines = r"First line.) Tj 0 -100 Td (Second line.) Tj 0 -100 Td (Third line."
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(lines))))
    writer.add_outline_item(title="Chapter IV", page_number=0, fit=Fit.xyz(top=height + 12))
    writer.write(tmp_path / "a.pdf")
    last = chunk(load(tmp_path / "a.pdf"))[-1]

    assert last.heading == "Chapter IV"
    assert last.text.startswith({600: "Second line.", 500: "Third line."}[height])


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


def test_ticks_and_lists_of_a_form_are_read_and_what_is_off_is_not(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Order form."))))
    fields = {
        "Vegetarian": ("/Btn", NameObject("/Yes")),
        "Alcohol": ("/Btn", NameObject("/Off")),
        "Days": ("/Ch", ArrayObject([TextStringObject("Monday"), TextStringObject("Friday")])),
    }
    made = [
        writer._add_object(
            DictionaryObject(
                {
                    NameObject("/FT"): NameObject(kind),
                    NameObject("/T"): TextStringObject(name),
                    NameObject("/V"): value,
                }
            )
        )
        for name, (kind, value) in fields.items()
    ]
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(made)})
    writer._root_object[NameObject("/AcroForm")] = form
    writer.write(tmp_path / "a.pdf")
    text = load(tmp_path / "a.pdf").text

    assert "Vegetarian: Yes" in text and "Days: Monday, Friday" in text and "Alcohol" not in text


@pytest.mark.parametrize(
    "entries",
    [
        [(f"Part {n}", 0) for n in range(300)],
        [("", 0), (" ", 1), ("x" * 100_000, 2)],
        [("C", 2), ("A", 0), ("B", 1)],
        [("第一章\n总则", 0), ("(.*)[", 1)],
    ],
    ids=["hundreds on a page", "empty and endless", "out of order", "line ends and signs"],
)
def test_any_outline_leaves_the_text_once_and_whole(tmp_path: Path, entries: list[tuple[str, int]]) -> None:
    (tmp_path / "a.pdf").write_bytes(outlined(["one two. ", "three four. ", "five six. "], entries))
    document = load(tmp_path / "a.pdf")

    assert "".join(each.text for each in chunk(document)) == document.text
    assert all(document.text.count(words) == 1 for words in ("one two", "three four", "five six"))


def test_an_outline_that_bites_its_tail_ends(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(outlined(["one two."], [("A", 0), ("B", 0)]))))
    outline: Any = writer._root_object["/Outlines"]
    last: Any = outline["/Last"].get_object()
    last[NameObject("/Next")] = outline.raw_get("/First")
    writer.write(tmp_path / "a.pdf")

    assert "one two." in load(tmp_path / "a.pdf").text
