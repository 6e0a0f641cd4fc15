"""What people write into PDF files: forms, and boxes on a page."""

import io
from pathlib import Path

import pytest
from fakes.pdf import pdf
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from rag.loaders import load


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


def form(folder: Path, page: str, values: dict[str, str]) -> Path:
    """A page, and a form that is filled with these values."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(page))))
    fields = [
        {"/FT": NameObject("/Tx"), "/T": TextStringObject(name), "/V": TextStringObject(value)}
        for name, value in values.items()
    ]
    made = [
        writer._add_object(DictionaryObject({NameObject(key): value for key, value in field.items()}))
        for field in fields
    ]
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): ArrayObject(made)}
    )
    writer.write(folder / "a.pdf")
    return folder / "a.pdf"


def test_a_value_whose_words_are_on_the_page_as_well_is_text(tmp_path: Path) -> None:
    """The 2 of "page 12" cost the number of rooms."""
    file = form(
        tmp_path, "Order form, page 12. Number of rooms:", {"rooms": "2", "same": "12", "guest": "Room"}
    )

    assert load(file).text.endswith("rooms: 2\nsame: 12\nguest: Room\n")


@pytest.mark.parametrize(("flags", "kept"), [(4, True), (2, False)], ids=["shown", "hidden"])
def test_what_was_typed_onto_a_page_is_its_text(tmp_path: Path, flags: int, kept: bool) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Plan.", "The end."))))
    note = FreeText(text="Valve 7 is shut.", rect=(50, 550, 200, 650))
    note[NameObject("/F")] = NumberObject(flags)
    writer.add_annotation(page_number=0, annotation=note)
    writer.write(tmp_path / "a.pdf")
    document = load(tmp_path / "a.pdf")

    assert ("Valve 7 is shut." in document.text) == kept
    assert not kept or document.page_at(document.text.index("Valve 7")) == 1
