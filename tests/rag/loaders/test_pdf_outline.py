"""Outlines of PDF files, whose entries become headings."""

import io
from pathlib import Path
from typing import Any

import pytest
from fakes.pdf import outlined, pdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit, NameObject

from rag.loaders import load
from rag.text.chunker import chunk


def test_pdf_keeps_pages_and_takes_headings_from_the_outline(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("The first page.", "The second page.", outline="Part two"))
    document = load(tmp_path / "a.pdf")
    last = chunk(document)[-1]

    assert document.page_at(document.text.index("first")) == 1
    assert (last.text.strip(), last.page, last.heading) == ("The second page.", 2, "Part two")


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


@pytest.mark.parametrize("height", [600, 500])
def test_a_heading_that_the_page_spells_otherwise_stands_at_its_height(tmp_path: Path, height: int) -> None:
    lines = r"First line.) Tj 0 -100 Td (Second line.) Tj 0 -100 Td (Third line."
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(lines))))
    writer.add_outline_item(title="Chapter IV", page_number=0, fit=Fit.xyz(top=height + 12))
    writer.write(tmp_path / "a.pdf")
    last = chunk(load(tmp_path / "a.pdf"))[-1]

    assert last.heading == "Chapter IV"
    assert last.text.startswith({600: "Second line.", 500: "Third line."}[height])


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


LINES = (
    "Alpha) Tj 0 -100 Td (One is red.) Tj 0 -100 Td (Beta) Tj 0 -100 Td (Two is blue.) Tj 0 -100 Td (Notes"
)


@pytest.mark.parametrize("tops", [{"Beta": 510, "Alpha": 710}, {"Beta": None, "Alpha": None}])
def test_entries_of_a_page_need_not_be_in_its_order(tmp_path: Path, tops: dict[str, int | None]) -> None:
    """What stood under one heading was found under another."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(LINES))))
    for title, top in tops.items():
        writer.add_outline_item(title=title, page_number=0, fit=Fit.xyz(top=top) if top else Fit.fit())
    writer.write(tmp_path / "a.pdf")
    parts = {each.heading: " ".join(each.text.split()) for each in chunk(load(tmp_path / "a.pdf"))}

    assert parts == {"Alpha": "Alpha One is red.", "Beta": "Beta Two is blue. Notes"}


def test_entries_of_one_name_stand_one_after_the_other(tmp_path: Path) -> None:
    lines = "A) Tj 0 -99 Td (Notes) Tj 0 -99 Td (One.) Tj 0 -99 Td (B) Tj 0 -99 Td (Notes) Tj 0 -99 Td (Two."
    (tmp_path / "a.pdf").write_bytes(outlined([lines], [("B", 0), ("Notes", 0), ("A", 0), ("Notes", 0)]))
    document = load(tmp_path / "a.pdf")
    headings = [(block.label, block.start) for block in document.blocks if block.kind == "heading"]

    assert headings == [("A", 0), ("Notes", 2), ("B", 13), ("Notes", 15)]


def test_entries_that_all_point_at_the_first_page_stand_where_their_words_do(tmp_path: Path) -> None:
    """Twenty of them labelled every page with the last."""
    pages = [
        "Contents: Fees, Hours, Rooms, Notes.",
        "Fees) Tj 0 -99 Td (Forty.",
        "Hours) Tj 0 -99 Td (At nine.",
    ]
    entries = [(title, 0) for title in ("Fees", "Hours", "Rooms", "Notes")]
    (tmp_path / "a.pdf").write_bytes(outlined(pages, entries))
    parts = {each.heading: " ".join(each.text.split()) for each in chunk(load(tmp_path / "a.pdf"))}

    assert parts == {"": pages[0], "Fees": "Fees Forty.", "Hours": "Hours At nine."}
