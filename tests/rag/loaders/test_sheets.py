"""Workbooks and slides."""

import zipfile
from datetime import date
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


def test_slides_are_sections_with_tables_and_notes(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Opening hours"
    slide.placeholders[1].text = "We open at 8:15.\n周六十点开门。"
    slide.notes_slide.notes_text_frame.text = "Mention the holiday."
    other = deck.slides.add_slide(deck.slide_layouts[6])
    table = other.shapes.add_table(2, 2, 0, 0, 1000, 1000).table
    for row, column, text in [(0, 0, "Machine"), (0, 1, "Price"), (1, 0, "Lathe"), (1, 1, "14")]:
        table.cell(row, column).text = text
    deck.save(str(tmp_path / "a.pptx"))
    document = load(tmp_path / "a.pptx")

    assert [block.label for block in document.blocks if block.kind == "heading"] == [
        "Opening hours",
        "Slide 2",
    ]
    assert all(
        text in document.text for text in ("We open at 8:15.", "周六十点开门。", "Mention the holiday.")
    )
    assert "| Lathe | 14 |" in document.text


def test_without_the_extra_a_workbook_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extra, "import_module", missing)
    (tmp_path / "a.xlsx").write_bytes(b"PK")

    with pytest.raises(Problem, match=r"a\.xlsx takes more packages.*\[documents\]"):
        load(tmp_path / "a.xlsx")


def test_a_chart_on_a_slide_is_its_figures(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    figures = CategoryChartData()
    figures.categories = ["2025", "2026"]
    figures.add_series("押金", (100, 200))
    deck = pptx.Presentation()
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 1000, 1000, figures)
    deck.save(str(tmp_path / "a.pptx"))

    assert "|  | 押金 |\n|---|---|\n| 2025 | 100 |\n| 2026 | 200 |" in load(tmp_path / "a.pptx").text


def chart(folder: Path, kind: str, figures: Any) -> str:
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    from pptx.enum.chart import XL_CHART_TYPE

    deck = pptx.Presentation()
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    shapes.add_chart(XL_CHART_TYPE[kind], 0, 0, 1000, 1000, figures)
    deck.save(str(folder / "a.pptx"))
    return load(folder / "a.pptx").text


def test_points_of_a_chart_are_read_with_both_values(tmp_path: Path) -> None:
    data = pytest.importorskip("pptx.chart.data", reason="comes with the extra documents")
    figures = data.XyChartData()
    for name, points in {"Pump": [(1.5, 4), (3, 7)], "Valve": [(2, 9)]}.items():
        series = figures.add_series(name)
        for x, y in points:
            series.add_data_point(x, y)
    text = chart(tmp_path, "XY_SCATTER", figures)

    assert "| x | Pump |\n|---|---|\n| 1.5 | 4 |\n| 3 | 7 |\n" in text
    assert "| x | Valve |\n|---|---|\n| 2 | 9 |\n" in text


def test_days_under_a_chart_are_dates(tmp_path: Path) -> None:
    data = pytest.importorskip("pptx.chart.data", reason="comes with the extra documents")
    figures = data.CategoryChartData()
    figures.categories = [date(2024, 1, 1), date(2024, 1, 2)]
    figures.add_series("Visitors", (12, 30))

    assert "| 2024-01-01 | 12 |\n| 2024-01-02 | 30 |\n" in chart(tmp_path, "LINE", figures)


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
