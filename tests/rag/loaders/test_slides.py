"""Slides, made by the library that reads them and the XML that it does not know."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag.loaders import load

OFFICE = "http://schemas.openxmlformats.org"
NAMESPACES = (
    f'xmlns:p="{OFFICE}/presentationml/2006/main" xmlns:a="{OFFICE}/drawingml/2006/main"'
    f' xmlns:m="{OFFICE}/officeDocument/2006/math" xmlns:r="{OFFICE}/officeDocument/2006/relationships"'
    f' xmlns:mc="{OFFICE}/markup-compatibility/2006" xmlns:dgm="{OFFICE}/drawingml/2006/diagram"'
    ' xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
)


def slide(*shapes: str) -> tuple[Any, Any]:
    """A deck of a slide, with these shapes beside those that PowerPoint wants."""
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    etree = pytest.importorskip("lxml.etree", reason="comes with the extra documents")
    deck = pptx.Presentation()
    one = deck.slides.add_slide(deck.slide_layouts[6])
    for shape in shapes:
        one.shapes.element.append(etree.fromstring(shape.replace(">", f" {NAMESPACES}>", 1)))
    return deck, one


def text_of(folder: Path, deck: Any) -> str:
    deck.save(str(folder / "a.pptx"))
    return load(folder / "a.pptx").text


def box(paragraph: str) -> str:
    return (
        '<p:sp><p:nvSpPr><p:cNvPr id="9" name="Box"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:p>{paragraph}</a:p></p:txBody></p:sp>"
    )


def test_a_shape_with_an_equation_is_read(tmp_path: Path) -> None:
    """PowerPoint writes one for itself and one, a picture, for older programs: neither was read."""
    power = "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    equation = (
        f"<a14:m><m:oMathPara><m:oMath><m:r><m:t>E=m</m:t></m:r>{power}</m:oMath></m:oMathPara></a14:m>"
    )
    new = box(f"<a:r><a:t>Energy: </a:t></a:r>{equation}")
    old = box("<a:r><a:t>Picture</a:t></a:r>")
    both = (
        f"<mc:AlternateContent><mc:Choice Requires='a14'>{new}</mc:Choice><mc:Fallback>{old}</mc:Fallback>"
        "</mc:AlternateContent>"
    )

    assert text_of(tmp_path, slide(both)[0]) == "# Slide 1\n\nEnergy: E=mc^2\n"


def test_smart_art_is_read(tmp_path: Path) -> None:
    from_package = pytest.importorskip("pptx.opc.package", reason="comes with the extra documents")
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{said}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for said in ("Wash", "Rinse")
    )
    deck, one = slide(
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="Art"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm><a:graphic>'
        '<a:graphicData uri="diagram"><dgm:relIds r:dm="rId77"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    data = from_package.Part(
        from_package.PackURI("/ppt/diagrams/data1.xml"),
        "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
        one.part.package,
        f"<dgm:dataModel {NAMESPACES}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>".encode(),
    )
    name = one.part.relate_to(data, f"{OFFICE}/officeDocument/2006/relationships/diagramData")
    for art in one.shapes.element.xpath(".//*[local-name()='relIds']"):
        art.set(next(key for key in art.attrib if key.endswith("dm")), name)

    assert text_of(tmp_path, deck) == "# Slide 1\n\nWash\n\nRinse\n"


def test_the_titles_of_a_chart_and_its_axes_are_read(tmp_path: Path) -> None:
    deck, one = slide()
    data = pytest.importorskip("pptx.chart.data", reason="comes with the extra documents")
    from pptx.enum.chart import XL_CHART_TYPE

    figures = data.CategoryChartData()
    figures.categories = ["2025"]
    figures.add_series("Hall A", (100,))
    chart = one.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 1000, 1000, figures).chart
    chart.chart_title.text_frame.text = "Visitors a year"
    chart.value_axis.axis_title.text_frame.text = "in thousands"

    assert text_of(tmp_path, deck).startswith(
        "# Slide 1\n\nVisitors a year\n\nin thousands\n\n|  | Hall A |\n|---|---|\n| 2025 | 100 |\n"
    )


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


def test_a_chart_on_a_slide_is_its_figures(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="comes with the extra documents")
    data = pytest.importorskip("pptx.chart.data", reason="comes with the extra documents")
    from pptx.enum.chart import XL_CHART_TYPE

    figures = data.CategoryChartData()
    figures.categories = ["2025", "2026"]
    figures.add_series("押金", (100, 200))
    deck = pptx.Presentation()
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 1000, 1000, figures)
    deck.save(str(tmp_path / "a.pptx"))

    assert "|  | 押金 |\n|---|---|\n| 2025 | 100 |\n| 2026 | 200 |" in load(tmp_path / "a.pptx").text


def chart_of(folder: Path, kind: str, figures: Any) -> str:
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
    text = chart_of(tmp_path, "XY_SCATTER", figures)

    assert "| x | Pump |\n|---|---|\n| 1.5 | 4 |\n| 3 | 7 |\n" in text
    assert "| x | Valve |\n|---|---|\n| 2 | 9 |\n" in text


def test_days_under_a_chart_are_dates(tmp_path: Path) -> None:
    data = pytest.importorskip("pptx.chart.data", reason="comes with the extra documents")
    figures = data.CategoryChartData()
    figures.categories = [date(2024, 1, 1), date(2024, 1, 2)]
    figures.add_series("Visitors", (12, 30))

    assert "| 2024-01-01 | 12 |\n| 2024-01-02 | 30 |\n" in chart_of(tmp_path, "LINE", figures)
