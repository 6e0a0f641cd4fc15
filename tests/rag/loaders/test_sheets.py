"""Workbooks."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from kit.problem import Problem
from rag.loaders import extra, load
from rag.text.chunker import chunk


def test_a_workbook_is_a_table_a_sheet(tmp_path: Path) -> None:
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("价格")
        for number, row in enumerate([["Machine", "Price"], ["Lathe | small", 14], ["Kiln", 2.5]]):
            sheet.write_row(number, 0, row)
        book.add_worksheet("empty")
    document = load(tmp_path / "a.xlsx")

    assert (
        document.text
        == "# 价格\n\n| Machine | Price |\n|---|---|\n| Lathe \\| small | 14 |\n| Kiln | 2.5 |\n"
    )
    assert [block.kind for block in document.blocks] == ["heading", "table"]


def test_merged_cells_say_the_same_in_each_row(tmp_path: Path) -> None:
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(tmp_path / "hours.xlsx") as book:
        sheet = book.add_worksheet("Summer")
        sheet.write_row(1, 1, ["Day", "Meal"])
        sheet.merge_range(2, 1, 3, 1, "Sunday")
        sheet.write_column(2, 2, ["Lunch", "Dinner"])
        book.add_worksheet("Winter").write_row(0, 0, ["Day", "Meal"])
    document = load(tmp_path / "hours.xlsx")

    assert "| Sunday | Lunch |\n" in document.text
    assert "| Sunday | Dinner |\n" in document.text
    assert "Summer" not in chunk(document)[-1].in_context


def test_without_the_extra_a_workbook_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extra, "import_module", missing)
    (tmp_path / "a.xlsx").write_bytes(b"PK")

    with pytest.raises(Problem, match=r"a\.xlsx takes more packages.*\[documents\]"):
        load(tmp_path / "a.xlsx")


def test_formulas_that_nothing_calculated_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What programs write that cannot calculate: the cells were empty without a word."""
    monkeypatch.chdir(tmp_path)
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(tmp_path / "full.xlsx") as book:
        sheet = book.add_worksheet("Fees")
        sheet.write_row(0, 0, ["Fee", 40])
        sheet.write_formula(1, 1, "=B1*2", None, 80)
        sheet.write_formula(2, 1, '=IF(B1=40,"",1)', None, "none")
    with zipfile.ZipFile("full.xlsx") as full, zipfile.ZipFile("a.xlsx", "w") as copy:
        for name in full.namelist():
            copy.writestr(
                name, full.read(name).replace(b"<v>80</v>", b"<v></v>").replace(b"<v>none</v>", b"<v></v>")
            )

    assert load(Path("full.xlsx")).warnings == []
    assert load(Path("a.xlsx")).warnings[0].en.startswith("a.xlsx: 1 formulas have no stored result")


def workbook(folder: Path, cells: dict[str, Any], formats: dict[str, str] | None = None) -> Path:
    """A workbook of one sheet: what stands in its cells, and how some of them show it."""
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(folder / "a.xlsx") as book:
        sheet = book.add_worksheet("Fees")
        for place, value in cells.items():
            sheet.write(place, value, book.add_format({"num_format": (formats or {}).get(place, "General")}))
    return folder / "a.xlsx"


def test_a_cell_far_from_the_others_is_told(tmp_path: Path) -> None:
    """Python was ended by the half terabyte that all cells in between would take, and the whole run with it."""
    with pytest.raises(Problem, match="sheet Fees reaches over 1048576 rows and 16384 columns"):
        load(workbook(tmp_path, {"A1": "near", "XFD1048576": "far"}))


def test_columns_without_anything_are_none(tmp_path: Path) -> None:
    document = load(workbook(tmp_path, {"A1": "Item", "XFC1": "Price", "A9": "Lamp", "XFC9": 12}))

    assert document.text == "# Fees\n\n| Item | Price |\n|---|---|\n| Lamp | 12 |\n"


@pytest.mark.parametrize(
    ("number", "shown_as", "said"),
    [
        (0.25, "0%", "25%"),
        (0.07, "0.00 %", "7%"),
        (0.1234, "0%", "12.34%"),
        (-0.5, "0%;[Red]-0%", "-50%"),
        (12.5, "#,##0.00 [$€-407]", "12.5 €"),
        (-12, "$#,##0_);($#,##0)", "-$12"),
        (4, '0.0" bar"', "4 bar"),
        (1500, '0.0,"k"', "1500"),
        (3, '[<5]"few";0', "3"),
        (3, "0.00", "3"),
    ],
)
def test_a_number_is_read_with_what_it_counts(
    tmp_path: Path, number: float, shown_as: str, said: str
) -> None:
    """A quarter was 0.25 without its sign, and every price without its currency."""
    assert f"| {said} |" in load(workbook(tmp_path, {"A1": number}, {"A1": shown_as})).text


def test_notes_stand_in_their_cells_and_text_boxes_below(tmp_path: Path) -> None:
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("Fees")
        sheet.write_row(0, 0, ["Hall", "Fee"])
        sheet.write_row(1, 0, ["A", 40])
        sheet.write_comment("B2", "Half of it in May.")
        sheet.write_comment("F9", "Ask Ann.")
        sheet.insert_textbox("D4", "Pay in cash.")

    assert load(tmp_path / "a.xlsx").text == (
        "# Fees\n\n| Hall | Fee |\n|---|---|\n| A | 40 (Half of it in May.) |\n\nAsk Ann.\n\nPay in cash.\n"
    )


def test_hidden_sheets_are_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = pytest.importorskip("xlsxwriter", reason="comes with the extra documents")
    with writer.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("Fees").write_row(0, 0, ["Hall", "Fee"])
        for name, hide in (("Lists", "hide"), ("Old", "very_hidden")):
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, "Ghost")
            getattr(sheet, hide)()
    document = load(Path("a.xlsx"))

    assert "Ghost" not in document.text
    assert document.warnings[0].en.startswith("a.xlsx: hidden sheets were left out: Lists, Old.")
