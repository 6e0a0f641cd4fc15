"""Formats that people have beside text, Word and PDF."""

import json
import zipfile
from pathlib import Path

import pytest
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.document import Document
from rag.ingest import ingest
from rag.loaders import extra, load
from rag.text.chunker import chunk


def test_a_table_with_tabs_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("machine\tprice\nlathe\t14\n", encoding="utf-8")
    document = load(tmp_path / "a.tsv")

    assert [(block.kind, block.label) for block in document.blocks] == [("table", "machine\tprice\n")]


def test_json_is_said_field_by_field_below_its_names(tmp_path: Path) -> None:
    data = {
        "site": "Mill",
        "halls": [{"name": "Hall A", "size": 640, "open": True}, {"name": "B 厅", "tags": ["x"]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(data), encoding="utf-8")
    document = load(tmp_path / "a.json")

    assert (
        "- site: Mill" in document.text and "- size: 640" in document.text and "- open: true" in document.text
    )
    assert [block.label for block in document.blocks if block.kind == "heading"] == [
        "halls",
        "Hall A",
        "B 厅",
        "tags",
    ]


def test_a_record_is_not_below_the_first_ones_name(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('[{"name": "Lathe", "price": 14}, {"name": "Kiln", "price": 2}]')

    kiln = next(each for each in chunk(load(tmp_path / "prices.json")) if "Kiln" in each.text)

    assert "Lathe" not in kiln.context
    assert kiln.in_context.startswith("prices")


@pytest.mark.parametrize(
    "text", ["\n\n# Fees\n\n9 euros.\n", "---\ntitle: Club\n---\n\n# Fees\n\n9 euros.\n"]
)
def test_blank_lines_at_the_head_are_no_chunk(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(text)

    [only] = chunk(load(tmp_path / "a.md"))

    assert only.text.strip() == "# Fees\n\n9 euros."
    assert only.heading == "Fees"


def test_json_lines_are_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "q1", "text": "押金 200 元"}\n\n{"id": "q2"}\n', encoding="utf-8"
    )

    assert "# q1\n\n- id: q1\n- text: 押金 200 元" in load(tmp_path / "a.jsonl").text


def test_a_notebook_gives_text_code_and_output(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Pump\n", "\n", "It runs at 4 bar."]},
        {"cell_type": "code", "source": "print(2 + 2)", "outputs": [{"text": ["4\n"]}]},
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    document = load(tmp_path / "a.ipynb")

    assert document.title == "Pump"
    assert (
        "4 bar" in document.text
        and "```python\nprint(2 + 2)\n```" in document.text
        and "```\n4\n" in document.text
    )


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{'no': 1}"), ("a.jsonl", "{}\n{"), ("a.ipynb", "[]"), ("a.epub", "PK")]
)
def test_what_is_broken_is_a_problem_with_its_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(Problem, match=name):
        load(tmp_path / name)


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="in/book.opf"/></container>')
        book.writestr(
            "in/book.opf",
            "<package><metadata><dc:title>雾港</dc:title></metadata><manifest>"
            '<item id="b" href="two.xhtml"/><item id="a" href="one%20a.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        book.writestr("in/two.xhtml", "<html><body><h1>Two</h1><p>The ship sails at dawn.</p></body></html>")
        book.writestr("in/one a.xhtml", "<html><body><h1>One</h1><p>灯塔在北边。</p></body></html>")
    document = load(tmp_path / "a.epub")

    assert document.title == "雾港"
    assert [block.label for block in document.blocks if block.kind == "heading"] == ["One", "Two"]
    assert document.text.index("灯塔在北边。") < document.text.index("The ship sails")


@pytest.mark.parametrize(("suffix", "new"), [(".doc", ".docx"), (".ppt", ".pptx"), (".XLS", ".xlsx")])
def test_formats_of_old_office_are_refused_with_the_cure(
    index: Index, tmp_path: Path, suffix: str, new: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / f"old{suffix}").write_bytes(b"\xd0\xcf\x11\xe0")
    [problem] = ingest(index, [tmp_path / "docs"], Counter()).problems

    assert f"old{suffix}" in problem.en and problem.en.endswith(f"save it as {new}.")


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


def test_a_line_that_is_broken_costs_no_other_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was cut off inside its last record was refused whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "q1"}\nnot json\n{"id": "q2", "text": "cut', encoding="utf-8")
    document = load(tmp_path / "a.jsonl")

    assert "- id: q1" in document.text
    assert [warning.en for warning in document.warnings] == [
        "a.jsonl: line 2, 3 is not valid JSON and was left out."
    ]


def test_a_record_may_hold_the_line_separators_of_unicode(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one\u2028two\x85three"}\n', encoding="utf-8")

    assert load(tmp_path / "a.jsonl").warnings == []


def test_code_with_fences_in_it_stays_one_piece(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": 'text = """\n```\n# no heading\n```\n"""'}
    notebook = {"cells": [cell, None, {}], "metadata": None, "nbformat": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    assert [block.kind for block in load(tmp_path / "a.ipynb").blocks] == ["code"]


def test_a_book_that_names_pages_it_does_not_have_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container><rootfile full-path="b.opf"/></container>',
        )
        book.writestr(
            "b.opf",
            '<?xml version="1.0"?><package><metadata><dc:title>A &amp; B &lt;C&gt;</dc:title></metadata><manifest>'
            '<item id="a" href="gone.xhtml"/><item id="b" href="b.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="z"/></spine></package>',
        )
        book.writestr(
            "b.xhtml", '<?xml version="1.0"?><html><body><p>The ship sails at dawn.</p></body></html>'
        )
    document = load(tmp_path / "a.epub")

    assert (document.title, document.text) == ("A & B <C>", "The ship sails at dawn.\n")


def test_each_page_of_a_book_is_read_by_itself(tmp_path: Path) -> None:
    """A page with a main part hid the pages without one, and a picture among them refused the book."""
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container><rootfile full-path="b.opf"/></container>')
        book.writestr(
            "b.opf",
            '<package><manifest><item id="a" href="a.jpg" media-type="image/jpeg"/><item id="b" href="b.html"/>'
            '<item id="c" href="c.html"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>',
        )
        book.writestr("a.jpg", bytes(range(256)) * 20)
        book.writestr(
            "b.html", "<body><main><p>The ship, which is long and white, sails at dawn.</p></main></body>"
        )
        book.writestr("c.html", "<body><p>It lands.</p></body>")

    assert load(tmp_path / "a.epub").text == (
        "The ship, which is long and white, sails at dawn.\n\nIt lands.\n"
    )


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


def notebook_of(folder: Path, *cells: dict[str, object]) -> Document:
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4}
    (folder / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return load(folder / "a.ipynb")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"output_type": "error", "ename": "KeyError", "evalue": "valve 4", "traceback": []}, "KeyError: valve 4"),
        ({"output_type": "display_data", "data": {"text/markdown": ["4 *bar*"]}}, "4 *bar*"),
        ({"output_type": "display_data", "data": {"text/html": "<p>4 <b>bar</b></p>"}}, "4 **bar**"),
        ({"data": {"text/plain": "<core.display.HTML object>", "text/html": "<p>4 bar</p>"}}, "4 bar"),
        ({"data": {"text/plain": "4 bar", "text/html": "<table></table>"}}, "```\n4 bar\n```"),
    ],
    ids=["error", "Markdown", "HTML", "HTML of an object", "plain text and HTML"],
)  # fmt: skip
def test_what_a_cell_shows_is_read_even_without_code(
    tmp_path: Path, output: dict[str, object], said: str
) -> None:
    assert said in notebook_of(tmp_path, {"cell_type": "code", "source": "", "outputs": [output]}).text


def test_a_fence_without_an_end_ends_with_its_cell(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": text} for text in ("~~~~sh\nmake", "# Valves\n\nFour.")]

    assert [block.label for block in notebook_of(tmp_path, *cells).blocks if block.kind == "heading"] == [
        "Valves"
    ]


def test_a_raw_cell_is_front_matter_at_the_head_and_no_markdown_elsewhere(tmp_path: Path) -> None:
    raw = {"cell_type": "raw", "source": "---\ntitle: R\n---"}
    document = notebook_of(tmp_path, {"cell_type": "markdown", "source": "# Valves"}, raw)

    assert [block.label for block in document.blocks if block.kind == "heading"] == ["Valves"]
    assert notebook_of(tmp_path, raw, {"cell_type": "markdown", "source": "Four."}).title == "R"
